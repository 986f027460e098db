/** Measures contestants in turns: each lives in a process of its own and sleeps while the others have theirs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Contestant } from './contestants.ts';
import type { Work } from './networks.ts';

export interface Measurement {
  readonly work: string;
  readonly engine: Contestant['engine'];
  readonly variant: string;
  readonly threads: number;
  readonly rounds: number;
  /** Milliseconds a step; null when it cannot do the work. */
  readonly minimum: number | null;
  readonly median: number | null;
  readonly versions: Readonly<Record<string, string>>;
  readonly error?: string;
}

interface Pace {
  readonly rounds: number;
  /** Milliseconds a contestant has in a round. */
  readonly budget: number;
}

/** Milliseconds for one answer. Whoever needs longer is slow enough to be called unable. */
const patience = 180_000;
/** Who has taken so many milliseconds in all has made its point in the rounds it had. */
const enough = 45_000;

export async function measureWork(
  work: Work,
  contestants: readonly Contestant[],
  { rounds, budget }: Pace,
): Promise<Measurement[]> {
  const entrants = contestants.filter(({ enters }) => enters?.(work) ?? true);
  const seats: Seat[] = [];
  // One after the other: what compiles or warms up would disturb what is measured.
  for (const entrant of entrants) seats.push(await takeSeat(entrant, work));
  for (let round = 0; round < rounds; round++) {
    for (const seat of seats) {
      if (seat.error !== undefined || (round > 0 && seat.spent > enough)) continue;
      process.stderr.write(`\r(${work.name}) round ${round + 1}: ${nameOf(seat.contestant)}\x1b[K`);
      await playRound(seat, budget);
    }
  }
  process.stderr.write('\r\x1b[K');
  for (const { child } of seats) child.kill();
  return seats.map((seat) => summarize(work, seat));
}

export function nameOf({
  engine,
  variant,
  threads,
}: Pick<Contestant, 'engine' | 'variant' | 'threads'>): string {
  return `${engine} ${variant}, ${threads} thread${threads > 1 ? 's' : ''}`;
}

interface Seat {
  readonly contestant: Contestant;
  readonly child: ChildProcess;
  readonly answers: AsyncIterator<string>;
  readonly times: number[];
  versions: Readonly<Record<string, string>>;
  rounds: number;
  /** Milliseconds of all rounds. */
  spent: number;
  error?: string;
}

async function takeSeat(contestant: Contestant, work: Work): Promise<Seat> {
  const [command, ...args] = contestant.command;
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, ...contestant.environment },
  });
  const answers = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const seat: Seat = {
    ...{ contestant, child, answers, times: [], versions: {}, rounds: 0, spent: 0 },
  };
  const { threads, variant } = contestant;
  const { versions } = await ask(seat, { work, threads, variant });
  seat.versions = versions ?? {};
  return seat;
}

async function playRound(seat: Seat, budget: number): Promise<void> {
  const { times = [] } = await ask(seat, { budget });
  seat.times.push(...times);
  if (times.length > 0) seat.rounds += 1;
}

interface Answer {
  readonly versions?: Readonly<Record<string, string>>;
  readonly times?: readonly number[];
  readonly error?: string;
}

/** An error, silence or a crash is kept as the reason why it cannot do the work. */
async function ask(seat: Seat, question: unknown): Promise<Answer> {
  const start = performance.now();
  const timer = setTimeout(() => seat.child.kill(), patience);
  seat.child.stdin!.write(`${JSON.stringify(question)}\n`);
  const { value, done } = await seat.answers.next();
  clearTimeout(timer);
  seat.spent += performance.now() - start;
  const gone = `no answer within ${patience / 1000} s, or the process ended`;
  const answer: Answer = done ? { error: gone } : JSON.parse(value);
  if (answer.error !== undefined) seat.error = answer.error;
  return answer;
}

function summarize({ name }: Work, seat: Seat): Measurement {
  const { engine, variant, threads } = seat.contestant;
  const times = seat.times.toSorted((a, b) => a - b);
  return {
    ...{ work: name, engine, variant, threads, rounds: seat.rounds, versions: seat.versions },
    minimum: times.at(0) ?? null,
    median: times.at(times.length >> 1) ?? null,
    ...(seat.error === undefined ? {} : { error: seat.error }),
  };
}
