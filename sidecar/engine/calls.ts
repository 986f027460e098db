/** Kernel calls as data: what a plan consists of. */

export interface Call {
  /** Name of an export of the kernel module. */
  readonly kernel: string;
  /** The call's work consists of this many panels of its output, which threads can divide among them. */
  readonly panels: number;
  /**
   * Each panel can be divided further into this many parts (groups of rows or pixels), where no sum crosses them. The
   * kernel's range is then over panels times parts, part by part within a panel.
   */
  readonly parts: number;
  /**
   * All threads must have finished every earlier call before one begins this: it reads panels that others wrote.
   * Without a barrier, a panel is read only by the thread that wrote it. Calls with different parts never share the
   * stretch between two barriers: the plan sees to that.
   */
  readonly barrier: boolean;
  /** Follow the range of panels, in the order of the kernel's parameters. */
  readonly args: readonly number[];
  /**
   * Bytes that every thread needs for itself during the call; 0 for none. The first argument is the address of the first
   * thread's, the others' follow. What such a call writes is no thread's own: the plan puts a barrier behind it.
   */
  readonly scratch: number;
}

/** Threads among which a call with scratch is divided at most: so many times the memory is there. */
const sharesOfScratch = 16;

/** A call that needs only its own panels of what earlier calls wrote. */
export function local(kernel: string, panels: number, ...args: readonly number[]): Call {
  return { kernel, panels, parts: 1, barrier: false, args, scratch: 0 };
}

/** A call that reads what other threads may have written, or overwrites what they may still read. */
export function meeting(kernel: string, panels: number, ...args: readonly number[]): Call {
  return { ...local(kernel, panels, ...args), barrier: true };
}

/** The same call with every panel in parts. */
export function inParts(call: Call, parts: number): Call {
  return { ...call, parts };
}

/** The same call with so many bytes from its first argument on for each thread. */
export function withScratch(call: Call, scratch: number): Call {
  return { ...call, scratch };
}

/** All the bytes that a call of so many panels and parts must be given for its threads. */
export function scratchBytes({ panels, parts, scratch }: Call): number {
  return scratch * Math.min(panels * parts, sharesOfScratch);
}

/** What thread `thread` gives the kernel: its half-open range of the call's work, and the arguments. */
export function argumentsOf(call: Call, thread: number, threads: number): readonly number[] {
  const { panels, parts, scratch, args } = call;
  const items = panels * parts;
  const sharing = scratch > 0 ? Math.min(threads, items, sharesOfScratch) : threads;
  const bound = (index: number) => Math.floor((items * Math.min(index, sharing)) / sharing);
  const range = [bound(thread), bound(thread + 1)];
  if (scratch === 0) return [...range, ...args];
  const [first, ...rest] = args;
  return [...range, first + thread * scratch, ...rest];
}

/** The same calls, the first behind a barrier. */
export function meetFirst([first, ...rest]: readonly Call[]): readonly Call[] {
  return first ? [{ ...first, barrier: true }, ...rest] : [];
}

/**
 * The same calls with a barrier wherever the parts change: what one thread wrote as its share of parts is another's in
 * the next call.
 */
export function meetWherePartsChange(calls: readonly Call[]): readonly Call[] {
  let before: Call | null = null;
  return calls.map((call) => {
    const differ = before !== null && !sameShares(before, call);
    before = call;
    return differ ? { ...call, barrier: true } : call;
  });
}

function sameShares(a: Call, b: Call): boolean {
  if (a.scratch > 0 || b.scratch > 0) return false;
  return a.parts === b.parts && (a.parts === 1 || a.panels === b.panels);
}
