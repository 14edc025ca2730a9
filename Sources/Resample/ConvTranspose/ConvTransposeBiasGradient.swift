import CShims

/// One run of the gradient of conv_transpose's bias: the sum of the gradient of each channel of the output, a task each.
struct ConvTransposeBiasGradient: ~Copyable, ThreadedWork {
  private let gradOutput: RowReader
  private let gradBias: Tensor
  private let sampleSize: Int
  private let correlate: rsk_correlate
  private let total: rsk_total
  private let conversion: rsk_conversion
  private let threads: Int
  private let scratch: Scratch
  private let regions: Regions

  private struct Regions {
    var row: RowRegion
    var ones: RowRegion
    var sum: RowRegion
    var total: RowRegion
  }

  /// Fails when there is no memory for scratch.
  init(_ format: SumFormat, gradOutput: Tensor, gradBias: Tensor, _ kernels: rsk_table) throws(ResampleError) {
    let size = format.sampleSize
    let width = gradOutput.shape.length(ofDimension: 2)
    let work = Double(gradOutput.shape.byteCount(sampleSize: size) ?? .max)
    let threads = ThreadPool.threads(for: work, worthAThread: ThreadPool.productsWorthAThread)
    var layout = ScratchLayout()
    let regions = Regions(
      row: try layout.reserveRows(1, of: try checkedProduct(width, size)),
      ones: try layout.reserveRows(1, of: try checkedProduct(width, size)),
      // Of the one sum, and of what `total` reads and writes after it.
      sum: try layout.reserveRows(1, of: Int(RSK_TOTALS_AT_ONCE * RSK_WIDEST_VECTOR) * size),
      total: try layout.reserveRows(1, of: Int(RSK_TOTALS_AT_ONCE) * size))
    let scratch = try Scratch(layout, threads: threads)
    for thread in 0..<threads { format.fillWithOnes(scratch[thread][regions.ones], width) }
    self.gradOutput = RowReader(gradOutput, format, kernels)
    self.gradBias = gradBias
    sampleSize = size
    correlate = kernels.correlate(format)
    total = kernels.total(format)
    conversion = kernels.conversion(format.conversion)
    self.threads = threads
    self.regions = regions
    self.scratch = scratch
  }

  func run() { ThreadPool.run(self, tasks: gradOutput.planes.channels, threads: threads) }

  func run(task channel: Int, thread: Int) {
    let (memory, planes) = (scratch[thread], gradOutput.planes)
    let readsInPlace = gradOutput.readsInPlace
    memset(memory[regions.sum], 0, regions.sum.stride)
    for image in 0..<planes.images {
      for z in 0..<planes.depth {
        for y in 0..<planes.height {
          var row = UnsafeRawPointer(memory[regions.row])
          if readsInPlace {
            row = planes.row(image: image, channel: channel, z: z, y: y)
          } else {
            gradOutput.load(image: image, channel: channel, z: z, y: y, into: memory[regions.row])
          }
          var correlation = rsk_correlation(
            first: memory[regions.ones], first_stride: 0, first_row_stride: 0, second: row,
            second_stride: 0, second_row_stride: 0, rows: 1, samples: planes.width, firsts: 1, seconds: 1,
            read: rsk_upcoming())
          correlate(&correlation, memory[regions.sum])
        }
      }
    }
    total(memory[regions.sum], 1, memory[regions.total])
    conversion.store(
      memory[regions.total], 1, 1, -.infinity, .infinity, gradBias.mutableOrigin + channel * gradBias.byteStride(0),
      sampleSize)
  }
}
