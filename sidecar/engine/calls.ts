/** Kernel calls as data: what a plan consists of. */

export interface Call {
  /** Name of an export of the kernel module. */
  readonly kernel: string;
  /** The call's work consists of this many panels of its output, which threads can divide among them. */
  readonly panels: number;
  /**
   * All threads must have finished every earlier call before one begins this: it reads panels that others wrote.
   * Without a barrier, a panel is read only by the thread that wrote it.
   */
  readonly barrier: boolean;
  /** Follow the range of panels, in the order of the kernel's parameters. */
  readonly args: readonly number[];
}

/** A call that needs only its own panels of what earlier calls wrote. */
export function local(kernel: string, panels: number, ...args: readonly number[]): Call {
  return { kernel, panels, barrier: false, args };
}

/** A call that reads what other threads may have written, or overwrites what they may still read. */
export function meeting(kernel: string, panels: number, ...args: readonly number[]): Call {
  return { kernel, panels, barrier: true, args };
}
