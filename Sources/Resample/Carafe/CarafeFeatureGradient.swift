import CShims

/// One run of the gradient of carafe's features: for each of them the gradients of all output samples that read it, times
/// their masks. A task makes some rows of one group.
///
/// The sums are made at the width of the output, where a tap of neighbours meets neighbours; the `scale` places of a sample
/// are added up in the end.
struct CarafeFeatureGradient: ~Copyable, ThreadedWork {
  private let request: CarafeRequest
  private let gradOutput: RowReader
  private let masks: RowReader
  private let gradFeatures: RowWriter
  private let reassemble: rsk_reassemble
  private let interleave: rsk_interleave
  private let rowSum: RowSum
  private let sampleSize: Int
  private let channelsOfGroup: Int
  private let tasks: CarafeTasks
  private let lengths: Lengths
  private let scratch: Scratch
  private let regions: Regions

  private static let channelsAtOnce = 16
  private static let mostRowsPerTask = 4

  /// Samples of rows: gradients and masks have zeros on either side, as many as the kernel reaches.
  private struct Lengths {
    let zeros: Int
    let sums: Int
    let padded: Int
    /// The most rows of the output that read a row of the features.
    let mostReaders: Int
  }

  private struct Regions {
    /// By channel, by row of the output.
    var gradients: RowRegion
    /// By row of the task, by reader, by column of the kernel.
    var masks: RowRegion
    /// By channel.
    var sums: RowRegion
    /// By place of a sample.
    var places: RowRegion
    var total: RowRegion
    var taps: Region<rsk_convolution_tap>
    var start: RowRegion
    var ones: RowRegion
  }

  /// Fails when there is no memory for scratch.
  init(
    _ request: CarafeRequest, _ format: SumFormat, gradOutput: Tensor, masks: Tensor, gradFeatures: Tensor,
    _ kernels: rsk_table
  ) throws(ResampleError) {
    let size = format.sampleSize
    let (kernel, scale) = (request.kernel, request.scale)
    let zeros = try request.samplesAround
    let outputHeight = gradOutput.shape[2]
    let sumLength = (gradOutput.shape[3] + zeros).roundedUpToVector
    let lengths = Lengths(
      zeros: zeros, sums: sumLength, padded: sumLength + zeros,
      mostReaders: min(outputHeight, try checkedProduct(kernel, scale)))
    let tasks = CarafeTasks(
      request, height: gradFeatures.shape[2], sampleSize: size, mostRows: CarafeFeatureGradient.mostRowsPerTask)
    let channelsOfGroup = gradFeatures.shape.channels / request.groups
    let channels = min(channelsOfGroup, CarafeFeatureGradient.channelsAtOnce)
    let paddedSize = try checkedProduct(lengths.padded, size)
    let rowSize = gradFeatures.shape[3] * size
    let gradientRows = min(outputHeight, try checkedProduct(tasks.rowsPerTask + kernel - 1, scale))
    let tapCount = try checkedProduct(lengths.mostReaders, kernel)
    var layout = ScratchLayout()
    let regions = Regions(
      gradients: try layout.reserveRows(try checkedProduct(channels, gradientRows), of: paddedSize),
      masks: try layout.reserveRows(try checkedProduct(tasks.rowsPerTask, tapCount), of: paddedSize),
      sums: try layout.reserveRows(channels, of: try checkedProduct(sumLength, size)),
      places: try layout.reserveRows(scale, of: rowSize),
      total: try layout.reserveRows(1, of: rowSize),
      taps: try layout.reserve(tapCount, of: rsk_convolution_tap.self),
      start: try layout.reserveRows(channels, of: size),
      ones: try layout.reserveRows(scale, of: size))
    let scratch = try Scratch(layout, threads: tasks.threads)
    for thread in 0..<tasks.threads {
      memset(scratch[thread][regions.start], 0, channels * size)
      format.fillWithOnes(scratch[thread][regions.ones], scale)
    }
    self.request = request
    self.gradOutput = RowReader(gradOutput, format, kernels)
    self.masks = RowReader(masks, format, kernels)
    self.gradFeatures = RowWriter(gradFeatures, format, kernels)
    reassemble = kernels.reassemble(format)
    interleave = kernels.interleave(sampleSize: size)
    rowSum = RowSum(format, kernels)
    sampleSize = size
    self.channelsOfGroup = channelsOfGroup
    (self.tasks, self.lengths, self.regions) = (tasks, lengths, regions)
    self.scratch = scratch
  }

  func run() { ThreadPool.run(self, tasks: tasks.count, threads: tasks.threads) }

  func run(task: Int, thread: Int) {
    let (task, memory) = (tasks[task], scratch[thread])
    for row in task.rows { loadMasks(task, row, memory) }
    let readers = readers(of: task.rows)
    var channel = 0
    while channel < channelsOfGroup {
      let count = min(CarafeFeatureGradient.channelsAtOnce, channelsOfGroup - channel)
      let first = task.group * channelsOfGroup + channel
      for offset in 0..<count {
        for y in readers {
          let row = memory[regions.gradients, offset * readers.count + y - readers.lowerBound]
          loadPadded(gradOutput, image: task.image, channel: first + offset, y: y, into: row)
        }
      }
      for row in task.rows {
        sum(row, number: row - task.rows.lowerBound, readers, channels: count, memory)
        for offset in 0..<count {
          gradFeatures.store(
            sumOfPlaces(offset, memory), image: task.image, channel: first + offset, y: row)
        }
      }
      channel += count
    }
  }

  /// The rows of the output that read some rows of the features.
  private func readers(of rows: Range<Int>) -> Range<Int> {
    let first = max(0, rows.lowerBound - request.radius) * request.scale
    return first..<max(first, min(gradOutput.planes.height, (rows.upperBound + request.radius) * request.scale))
  }

  /// A row with zeros on either side.
  private func loadPadded(
    _ reader: RowReader, image: Int, channel: Int, y: Int, into row: UnsafeMutableRawPointer
  ) {
    memset(row, 0, lengths.zeros * sampleSize)
    reader.load(
      image: image, channel: channel, y: y, length: lengths.padded - lengths.zeros,
      into: row + lengths.zeros * sampleSize)
  }

  /// The index of the masks of the `number`-th row of a task.
  private func firstMask(ofRow number: Int) -> Int { number * lengths.mostReaders * request.kernel }

  /// The masks with which the output reads a row of the features: by row of the output, by column of the kernel.
  private func loadMasks(_ task: CarafeTasks.Task, _ row: Int, _ memory: ScratchMemory) {
    let kernel = request.kernel
    let readers = readers(of: row..<row + 1)
    for y in readers {
      let i = row - y / request.scale + request.radius
      for j in 0..<kernel {
        let index = firstMask(ofRow: row - task.rows.lowerBound) + (y - readers.lowerBound) * kernel + j
        loadPadded(
          masks, image: task.image, channel: (task.group * kernel + i) * kernel + j, y: y,
          into: memory[regions.masks, index])
      }
    }
  }

  /// A row of some channels, the `number`-th of the task; the gradients of the rows `loaded` are there.
  private func sum(_ row: Int, number: Int, _ loaded: Range<Int>, channels: Int, _ memory: ScratchMemory) {
    let (kernel, taps) = (request.kernel, memory[regions.taps])
    let readers = readers(of: row..<row + 1)
    var tapCount = 0
    for y in readers {
      for j in 0..<kernel {
        // The sums start as far before the output as its first column reaches.
        let place = lengths.zeros - j * request.scale
        taps[tapCount] = rsk_convolution_tap(
          input: (y - loaded.lowerBound) * lengths.padded + place,
          weights: ((y - readers.lowerBound) * kernel + j) * lengths.padded + place)
        tapCount += 1
      }
    }
    var products = rsk_convolution(
      input: memory[regions.gradients], input_stride: loaded.count * lengths.padded,
      weights: memory[regions.masks, firstMask(ofRow: number)], weight_stride: 0, channels: channels, taps: taps,
      tap_count: tapCount, start: memory[regions.start])
    reassemble(&products, 1, gradOutput.planes.width + lengths.zeros, memory[regions.sums], lengths.sums, 0)
  }

  /// Adds up the places of each sample of the `offset`-th channel.
  private func sumOfPlaces(_ offset: Int, _ memory: ScratchMemory) -> UnsafeRawPointer {
    let (scale, width) = (request.scale, gradFeatures.planes.width)
    let sums = memory[regions.sums, offset] + request.radius * scale * sampleSize
    guard scale > 1 else { return UnsafeRawPointer(sums) }
    interleave(
      sums, scale * sampleSize, sampleSize, memory[regions.places], sampleSize, regions.places.stride, width, scale)
    rowSum.sum(
      memory.sources(regions.places), count: scale, samples: width, ones: memory[regions.ones],
      into: memory[regions.total])
    return UnsafeRawPointer(memory[regions.total])
  }
}
