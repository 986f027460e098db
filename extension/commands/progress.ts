/** Work that takes a while, with a message that can cancel it. */
import { CancellationError, type CancellationToken, ProgressLocation, window } from 'vscode';
import { messageText } from './message-text.ts';

/** Undefined when the user has cancelled. */
export async function withProgress<R>(
  title: string,
  work: (token: CancellationToken) => Promise<R>,
): Promise<R | undefined> {
  const location = ProgressLocation.Notification;
  const options = { location, title: messageText(title), cancellable: true };
  return window.withProgress(options, async (_progress, token) => {
    try {
      return await work(token);
    } catch (error) {
      if (token.isCancellationRequested || error instanceof CancellationError) return undefined;
      throw error;
    }
  });
}
