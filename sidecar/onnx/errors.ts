/** What can go wrong with a model before a runtime sees it; messages are whole sentences for the user. */

/** A network that must not become an ONNX model: broken values, or statistics that were never measured. */
export class ExportError extends Error {
  override readonly name = 'ExportError';

  constructor(place: string, expected: string, found: string) {
    super(`${place}: expected ${expected}, found ${found}`);
  }
}

/** A file that is no ONNX model, or claims to be one of ours and is not. */
export class ModelFileError extends Error {
  override readonly name = 'ModelFileError';
}
