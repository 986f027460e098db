/** What the sidecar has to know of the workspace that it serves. */
import { NotificationType } from 'vscode-languageserver-protocol';

/** The `initializationOptions` that the client sends with the language server's `initialize`. */
export interface InitializationOptions {
  /** Without trust nothing is trained, no data is read and nothing is written. */
  readonly trusted: boolean;
}

/** Client to server: the user has come to trust the workspace. Trust is never withdrawn while the server runs. */
export const trusted = new NotificationType<Record<string, never>>('batchnorm/workspace/trusted');
