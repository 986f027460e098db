/** One commit per animation frame: what has changed and can be seen is drawn, the rest waits until it is seen. */

export interface Drawable {
  readonly element: Element;
  /** Brings the page up to date with the data; called at most once a frame. */
  commit(): void;
}

export class Frames {
  #dirty = new Set<Drawable>();
  #hidden = new Set<Drawable>();
  #byElement = new Map<Element, Drawable>();
  #requested = false;
  #observer = new IntersectionObserver((entries) => this.#see(entries), {
    rootMargin: '120px 0px',
  });

  /** From now on the drawable is committed only while it is near the window. */
  watch(drawable: Drawable): void {
    this.#byElement.set(drawable.element, drawable);
    this.#hidden.add(drawable);
    this.#observer.observe(drawable.element);
  }

  forget(drawable: Drawable): void {
    this.#byElement.delete(drawable.element);
    this.#observer.unobserve(drawable.element);
    this.#dirty.delete(drawable);
    this.#hidden.delete(drawable);
  }

  request(drawable: Drawable): void {
    this.#dirty.add(drawable);
    if (!this.#hidden.has(drawable)) this.#schedule();
  }

  #schedule(): void {
    if (this.#requested) return;
    this.#requested = true;
    requestAnimationFrame(() => {
      this.#requested = false;
      for (const drawable of [...this.#dirty]) {
        if (this.#hidden.has(drawable)) continue;
        this.#dirty.delete(drawable);
        drawable.commit();
      }
    });
  }

  #see(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const drawable = this.#byElement.get(target);
      if (!drawable) continue;
      if (!isIntersecting) this.#hidden.add(drawable);
      else if (this.#hidden.delete(drawable) && this.#dirty.has(drawable)) this.#schedule();
    }
  }
}
