import CShims

/// One run of the gradient of conv_transpose's bias: the sum of the gradient of each channel of the output.
struct ConvTransposeBiasGradient {
  private let gradOutput: Tensor
  private let gradBias: Tensor
  private let format: SumFormat
  private let correlate: rsk_correlate
  private let total: rsk_total
  private let conversion: rsk_conversion
  private let width: Int
  private let threads: Int
  private let rowOffset: Int
  private let onesOffset: Int
  private let sumOffset: Int
  private let totalOffset: Int
  private let threadBytes: Int
  /// What a run needs of memory.
  let bytes: Int
  private var memory: UnsafeMutableRawPointer?

  init(_ format: SumFormat, _ gradOutput: Tensor, _ gradBias: Tensor, _ kernels: rsk_table) throws(ResampleError) {
    (self.gradOutput, self.gradBias) = (gradOutput, gradBias)
    self.format = format
    correlate = kernels.correlate(format)
    total = kernels.total(format)
    conversion = kernels.conversion(format.conversion)
    width = gradOutput.shape[gradOutput.shape.rank - 1]
    let work = Double(gradOutput.shape.byteCount(sampleSize: format.sampleSize) ?? .max)
    threads = ThreadPool.threads(for: work, worthAThread: ThreadPool.productsWorthAThread)
    var layout = WorkspaceLayout()
    rowOffset = try layout.reserve(width, of: format.sampleSize)
    onesOffset = try layout.reserve(width, of: format.sampleSize)
    sumOffset = try layout.reserve(Int(RSK_LANES), of: format.sampleSize)
    totalOffset = try layout.reserve(1, of: format.sampleSize)
    threadBytes = layout.bytes
    bytes = try checkedProduct(threads, threadBytes)
  }

  mutating func run(_ memory: UnsafeMutableRawPointer) {
    self.memory = memory
    for thread in 0..<threads { format.fillWithOnes(memory + thread * threadBytes + onesOffset, width) }
    withUnsafePointer(to: self) { execution in
      ThreadPool.run(
        tasks: gradOutput.shape.channels, threads: threads, UnsafeMutableRawPointer(mutating: execution)
      ) { context, thread, channel in
        context!.assumingMemoryBound(to: ConvTransposeBiasGradient.self).pointee.sum(channel, thread)
      }
    }
  }

  private func sum(_ channel: Int, _ thread: Int) {
    let scratch = memory! + thread * threadBytes
    let size = format.sampleSize
    let (depth, height) = (gradOutput.shape.length(ofDimension: 0), gradOutput.shape.length(ofDimension: 1))
    memset(scratch + sumOffset, 0, Int(RSK_LANES) * size)
    for image in 0..<gradOutput.shape.batch {
      for z in 0..<depth {
        for y in 0..<height {
          conversion.load(
            gradOutput.origin + image * gradOutput.byteStride(0) + channel * gradOutput.byteStride(1)
              + z * gradOutput.byteStride(ofDimension: 0) + y * gradOutput.byteStride(ofDimension: 1),
            gradOutput.byteStride(ofDimension: 2), width, 1, scratch + rowOffset)
          var correlation = rsk_correlation(
            first: scratch + onesOffset, first_stride: 0, first_row_stride: 0, second: scratch + rowOffset,
            second_stride: 0, second_row_stride: 0, rows: 1, samples: width, firsts: 1, seconds: 1)
          correlate(&correlation, scratch + sumOffset)
        }
      }
    }
    total(scratch + sumOffset, 1, scratch + totalOffset)
    conversion.store(
      scratch + totalOffset, 1, 1, -.infinity, .infinity, gradBias.origin + channel * gradBias.byteStride(0), size)
  }
}
