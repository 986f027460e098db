/**
 * How much of an ONNX file is taken in. Nobody's real model comes near any of these; without them a file of a few bytes
 * could ask for gigabytes of memory or minutes of time.
 */
export const limits = {
  /** Protobuf's own bound on a message, which every runtime shares; larger models keep their tensors in external data. */
  fileBytes: 2 ** 31 - 1,
  /** Of a file read whole, as our own and those to fold are: it is in memory some three times while it is worked on. */
  wholeFileBytes: 2 ** 29,
  /** All but the values of tensors: names, nodes, attributes, metadata. A model of 20,000 nodes has some 8 MiB. */
  skeletonBytes: 2 ** 26,
  /** Messages within messages: protobuf's default in C++, so that onnxruntime refuses what lies deeper as well. */
  depth: 100,
  /** Fields of all messages, known and unknown: some 0.1 µs each, so that looking takes less than a second. */
  fields: 5_000_000,
  /**
   * Of the messages that a file is made of, by their name in ONNX's schema; decoded, each is some 500 bytes,
   * and the whole graph is looked through within a second. The largest published models have some 20,000 nodes.
   */
  messages: {
    NodeProto: 50_000,
    TensorProto: 50_000,
    AttributeProto: 150_000,
    StringStringEntryProto: 50_000,
    'TensorShapeProto.Dimension': 500_000,
  } as Readonly<Record<string, number>>,
  /** Of every other kind of message. */
  otherMessages: 250_000,
  /** Whole numbers in lists, the dimensions of tensors among them: 32 bytes each, once decoded. */
  integers: 2 ** 22,
  /** Floating-point numbers in lists: 8 bytes each, once decoded. */
  floats: 2 ** 26,
  /** Strings in lists: names of inputs and outputs above all. */
  strings: 1_000_000,
  /** Parameters of batch normalizations that an inspection hands out: 16 MiB, where ResNet-152 has 600,000. */
  parameterValues: 2 ** 22,
  /** More dimensions than any runtime computes with. */
  rank: 64,
} as const;
