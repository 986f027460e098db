/** Parts of the program that are the same for every network that needs them. */

/** Applied where PyTorch's own average pooling has no such padding. */
export const averagePool = `class AveragePool(nn.Module):
    """The mean of what each window covers of its input. Padding is as for F.pad."""

    def __init__(self, kernel, stride, padding):
        super().__init__()
        self.kernel, self.stride, self.padding = kernel, stride, padding

    def forward(self, x):
        pool = F.avg_pool2d if x.dim() == 4 else F.avg_pool1d
        inside = F.pad(torch.ones_like(x[:1, :1]), self.padding)
        sums = pool(F.pad(x, self.padding), self.kernel, self.stride)
        return sums / pool(inside, self.kernel, self.stride)`;

/** A port of random.ts and of the sampler: the same permutation for the same seed and epoch. */
export const shuffledOrder = `def random_numbers(key):
    """Endless 32-bit numbers of xoshiro128** (Blackman and Vigna), seeded by a text."""
    mask = 0xFFFFFFFF
    state = []
    for word in (0x811C9DC5, 0x9E3779B9, 0x243F6A88, 0xB7E15162):
        for character in key:
            word = (word ^ ord(character)) * 0x01000193 & mask
        word = (word ^ word >> 16) * 0x85EBCA6B & mask
        word = (word ^ word >> 13) * 0xC2B2AE35 & mask
        state.append(word ^ word >> 16)
    a, b, c, d = state
    while True:
        product = b * 5 & mask
        yield (product << 7 | product >> 25) * 9 & mask
        shifted = b << 9 & mask
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= shifted
        d = (d << 11 | d >> 21) & mask


@functools.lru_cache(maxsize=2)
def epoch_order(epoch, count):
    """The order of the training examples in an epoch: a shuffle by Fisher and Yates."""
    numbers = random_numbers(f'[{SEED},"order",{epoch}]')
    order = list(range(count))
    for last in range(count - 1, 0, -1):
        fair = 2**32 - 2**32 % (last + 1)
        other = next(number for number in numbers if number < fair) % (last + 1)
        order[last], order[other] = order[other], order[last]
    return order`;

export const plainOrder = `def epoch_order(epoch, count):
    """The order of the training examples: every epoch has that of the files."""
    return range(count)`;

export const batchOf = `def batch_of(step, count):
    """Indices of a step's examples. The next epoch fills a batch that an epoch leaves unfilled."""
    positions = range(step * BATCH_SIZE, (step + 1) * BATCH_SIZE)
    return [epoch_order(at // count, count)[at % count] for at in positions]`;

export const moveImage = `def move(image, limit):
    """An image moved by up to \`limit\` pixels along each axis; what comes in from outside is 0."""
    top, left = torch.randint(2 * limit + 1, (2,)).tolist()
    height, width = image.shape[-2:]
    return F.pad(image, (limit, limit, limit, limit))[..., top : top + height, left : left + width]`;

/** What ties processes together; `synchronized` is for networks with batch normalization over batches. */
export function distribution(synchronized: boolean): string {
  const parts = [synchronized ? cpuSyncBatchNorm : [], addUp, distribute(synchronized)];
  return parts.flat().join('\n\n\n');
}

const cpuSyncBatchNorm = `class CpuSyncBatchNorm(nn.modules.batchnorm._BatchNorm):
    """What nn.SyncBatchNorm does on GPUs, on processors: the batch is that of all processes."""

    def _check_input_dim(self, x):
        pass

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        axes = [axis for axis in range(x.dim()) if axis != 1]
        shape = [1, -1] + [1] * (x.dim() - 2)
        count = all_reduce(x.new_tensor(float(x.numel() // x.shape[1])))
        mean = all_reduce(x.sum(axes)) / count
        centered = x - mean.view(shape)
        variance = all_reduce(centered.square().sum(axes)) / count
        with torch.no_grad():
            self.num_batches_tracked += 1
            averaged = 1 / self.num_batches_tracked.item()
            weight = averaged if self.momentum is None else self.momentum
            self.running_mean.lerp_(mean, weight)
            self.running_var.lerp_(variance * count / (count - 1), weight)
        normalized = centered * (variance + self.eps).rsqrt().view(shape)
        return normalized * self.weight.view(shape) + self.bias.view(shape)`;

const addUp = `def add_up(values):
    """Sums a tensor over all processes."""
    if WORLD > 1:
        dist.all_reduce(values)
    return values`;

function distribute(synchronized: boolean): string {
  const convert = `    if DEVICE.type == "cuda":
        network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
    else:
        say("nn.SyncBatchNorm needs GPUs: CpuSyncBatchNorm does its work here.")
        for layer in network.children():
            if isinstance(layer, nn.modules.batchnorm._BatchNorm):
                layer.__class__ = CpuSyncBatchNorm  # the same parameters, another forward
`;
  const about = synchronized
    ? 'Gradients are averaged over processes, and batch normalization sees the whole batch.'
    : 'Gradients are averaged over processes.';
  return `def distribute(network):
    """${about}"""
${synchronized ? convert : ''}    devices = [DEVICE.index] if DEVICE.type == "cuda" else None
    return nn.parallel.DistributedDataParallel(
        network, device_ids=devices, broadcast_buffers=False
    )`;
}

/** Reads and writes weights. \`renamed\`: layers are called otherwise in the files than in the class. */
export function weightFiles(renamed: boolean): string {
  const nameInFile = `def name_in_file(key):
    """Of a tensor of the network: with its layer's name in the network file."""
    layer, _, tensor = key.partition(".")
    return f"{NAMES.get(layer, layer)}.{tensor}"`;
  const name = renamed ? 'name_in_file(key)' : 'key';
  const files = `def tensors_of(network):
    """All that is learned or kept as running statistics, by its name in safetensors files."""
    state = network.state_dict()
    names = [key for key in state if not key.endswith("num_batches_tracked")]
    return {${name}: state[key] for key in names}


def load_weights(path, network):
    """Safetensors: the length of the header, the header as JSON, the values; here in float32."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        values = file.read()
    for name, tensor in tensors_of(network).items():
        if name not in header:
            raise SystemExit(f"{path}: expected a tensor {name}, found none")
        begin, end = header[name]["data_offsets"]
        found = np.frombuffer(values[begin:end], "<f4").reshape(header[name]["shape"])
        if found.shape != tensor.shape:
            raise SystemExit(f"{path}: {name}: expected {tuple(tensor.shape)}, found {found.shape}")
        tensor.copy_(torch.from_numpy(found.copy()))


def save_weights(path, network):
    tensors = {name: tensor.cpu().numpy() for name, tensor in tensors_of(network).items()}
    header, end = {}, 0
    for name, values in tensors.items():
        begin, end = end, end + values.nbytes
        header[name] = {"dtype": "F32", "shape": values.shape, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for values in tensors.values():
            file.write(values.tobytes())`;
  return renamed ? `${nameInFile}\n\n\n${files}` : files;
}
