/** Messages to the user whose buttons run commands. */
import { commands, window } from 'vscode';
import { messageText } from './message-text.ts';

const show = {
  info: window.showInformationMessage,
  warning: window.showWarningMessage,
  error: window.showErrorMessage,
};

/** Shows a sentence and does not wait: the button that the user chooses runs its command or its function. */
export function offer(
  severity: keyof typeof show,
  text: string,
  buttons: Readonly<Record<string, string | (() => unknown)>>,
): void {
  void show[severity](messageText(text), ...Object.keys(buttons)).then((answer) => {
    const action = answer === undefined ? undefined : buttons[answer];
    return typeof action === 'string' ? commands.executeCommand(action) : action?.();
  });
}
