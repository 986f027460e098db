/**
 * What has changed and can be seen is drawn once in an animation frame; what cannot be seen waits until it is. A frame
 * has a budget: what does not fit is drawn in the next one, in turn, so that the page stays at display rate.
 */

export interface Drawable {
  readonly element: Element;
  /** Brings the page up to date with the data; called at most once a frame. */
  commit(): void;
}

/** Milliseconds of a frame's 16.7 that drawing may begin in. */
const budget = 6;

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
      const end = performance.now() + budget;
      for (const drawable of [...this.#dirty]) {
        if (this.#hidden.has(drawable)) continue;
        if (performance.now() > end) return this.#schedule();
        // Requested again it goes to the end of the queue.
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
