/** What is known of each file's data set, so that hovers and diagnostics never wait for a disk. */
import type { DataSource, DataSummary } from '../network/types.ts';
import type { LanguageHost } from './host.ts';

export interface Knowledge {
  /** Null while it is not known, may not be read or cannot be read. */
  readonly summary: DataSummary | null;
  /** Why it cannot be read, for the user. */
  readonly problem: string | null;
}

const nothing: Knowledge = { summary: null, problem: null };

export class DataKnowledge {
  private readonly host: LanguageHost;
  /** Newest answer by file, with the source it is about. */
  private readonly answers = new Map<string, { source: string; knowledge: Knowledge }>();
  /** Newest question by file: one whose answer is on its way or has been kept. */
  private readonly questions = new Map<string, { source: string }>();

  constructor(host: LanguageHost) {
    this.host = host;
  }

  /** What is known now, at once. */
  of(uri: string, source: DataSource | null): Knowledge {
    const answer = this.answers.get(uri);
    return source && answer?.source === JSON.stringify(source) ? answer.knowledge : nothing;
  }

  /** Whether nothing has been asked about this file, or not since its data may have changed. */
  isNew(uri: string): boolean {
    return !this.questions.has(uri);
  }

  /** Whether this has not been asked yet. */
  isOpen(uri: string, source: DataSource): boolean {
    return this.questions.get(uri)?.source !== JSON.stringify(source);
  }

  /** True when the answer is news; false when another question has been asked since. */
  async ask(uri: string, source: DataSource): Promise<boolean> {
    const question = { source: JSON.stringify(source) };
    this.questions.set(uri, question);
    const knowledge = await this.answer(uri, source);
    if (this.questions.get(uri) !== question) return false;
    this.answers.set(uri, { source: question.source, knowledge });
    return true;
  }

  private async answer(uri: string, source: DataSource): Promise<Knowledge> {
    try {
      return { summary: await this.host.describeData(source, uri), problem: null };
    } catch (error) {
      return { summary: null, problem: error instanceof Error ? error.message : String(error) };
    }
  }

  /** Data may have changed or may now be read: to be asked again; until then what is known serves. */
  outdate(uri: string): void {
    this.questions.delete(uri);
  }

  forget(uri: string): void {
    this.questions.delete(uri);
    this.answers.delete(uri);
  }
}
