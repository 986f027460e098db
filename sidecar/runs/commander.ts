/** The owner's end of the line to a trainer thread: sends commands and keeps who waits for their answers. */
import type { Worker } from 'node:worker_threads';
import type { ControlAction, ControlEvent } from '../protocol/control.ts';
import { RunError } from './prepare.ts';
import { type Command, type FromTrainer, words } from './trainer-messages.ts';

interface Waiting {
  resolve(event: ControlEvent): void;
  reject(reason: Error): void;
}

type Answer = Extract<FromTrainer, { type: 'controlled' | 'refused' }>;

export class Commander {
  readonly #shared: Int32Array;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  /** `shared` are the task's words. */
  constructor(shared: Int32Array) {
    this.#shared = shared;
  }

  /** Resolves when it is done; rejects with a sentence. */
  send(worker: Worker, action: ControlAction): Promise<ControlEvent> {
    this.#last += 1;
    const command: Command = { id: this.#last, action };
    return new Promise((resolve, reject) => {
      this.#waiting.set(command.id, { resolve, reject });
      // Before the counter: a thread that sees it count finds the command.
      worker.postMessage(command);
      this.wake();
    });
  }

  /** Makes the thread look for what it is to do, though it may be paused. */
  wake(): void {
    Atomics.add(this.#shared, words.commands, 1);
    Atomics.notify(this.#shared, words.commands);
  }

  take(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.type === 'controlled') waiting?.resolve(answer.event);
    else waiting?.reject(new RunError(answer.reason));
  }

  /** Tells all who still wait why nothing will come of it. */
  end(reason: string): void {
    for (const { reject } of this.#waiting.values()) reject(new RunError(reason));
    this.#waiting.clear();
  }
}
