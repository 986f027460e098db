/**
 * Messages between the extension and the page that shows an ONNX file. The page says `ready` whenever it is made and gets
 * the file whole; it gets it again whenever the file has changed on disk.
 */
import type { Inspection, TensorSummary } from './inspect.ts';
import type { SnippetLanguage } from './onnx.ts';

export type ToModelEditor =
  /** Nothing is known of the file yet: it is being read. */
  | { readonly type: 'reading'; readonly name: string }
  | {
      readonly type: 'model';
      /** The file's own name. */
      readonly name: string;
      readonly inspection: Inspection;
      /** Whether what runs models or writes files can be asked for. */
      readonly isTrusted: boolean;
      /** What the page is to turn to. */
      readonly part?: 'certificate';
    }
  /** The file cannot be read; `reason` is the sentence that says what is broken. */
  | { readonly type: 'broken'; readonly name: string; readonly reason: string }
  /** The workspace is trusted from now on. */
  | { readonly type: 'trusted' }
  | { readonly type: 'show'; readonly part: 'certificate' }
  /** What was asked of a tensor: its values summed up, or why they are not, as a sentence. */
  | {
      readonly type: 'tensor';
      readonly tensor: string;
      readonly summary: TensorSummary | null;
      readonly reason: string | null;
    };

export type FromModelEditor =
  | { readonly type: 'ready' }
  | { readonly type: 'summarize'; readonly tensor: string }
  | { readonly type: 'fold' }
  | { readonly type: 'validate' }
  /** Put a program that runs the model on the clipboard. */
  | { readonly type: 'snippet'; readonly language: SnippetLanguage }
  /** Choose another editor for the file. */
  | { readonly type: 'open-with' }
  /** Read the file again. */
  | { readonly type: 'reload' }
  /** Save a chart under a name that the user may change. `content`: text, or base64 of a PNG. */
  | {
      readonly type: 'save';
      readonly name: string;
      readonly format: 'svg' | 'png' | 'csv';
      readonly content: string;
    };
