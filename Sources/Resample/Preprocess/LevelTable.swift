import CShims

/// The samples that the levels of each channel become, and the border's sample of each.
struct LevelTable: ~Copyable {
  private static let levels = 256
  let sampleSize: Int
  private let samples: Buffer<UInt8>

  init(_ options: PreprocessOptions, _ instructionSet: InstructionSet) throws(ResampleError) {
    let (dtype, rule) = (options.dtype, options.levels)
    let kernels = instructionSet.kernels
    sampleSize = dtype.size!
    samples = try Buffer(count: LevelRule.mostColours * (LevelTable.levels + 1) * sampleSize)
    for channel in 0..<options.mostChannels {
      let start = UnsafeMutableRawPointer(samples.start) + channel * (LevelTable.levels + 1) * sampleSize
      for level in 0..<LevelTable.levels {
        store(kernels.sample(Double(rule.value(level, channel: channel)), dtype), to: start + level * sampleSize)
      }
      let border =
        switch options.border {
        case .level: Double(rule.value(Int(options.fill[channel]), channel: channel))
        case .value: options.fill[channel]
        case .edge: 0.0
        }
      store(kernels.sample(border, dtype), to: start + LevelTable.levels * sampleSize)
    }
  }

  private func store(_ sample: SampleBytes, to address: UnsafeMutableRawPointer) {
    withUnsafeBytes(of: sample) { address.copyMemory(from: $0.baseAddress!, byteCount: sampleSize) }
  }

  /// The samples of a channel, by level.
  func samples(ofChannel channel: Int) -> UnsafeRawPointer {
    UnsafeRawPointer(samples.start) + channel * (LevelTable.levels + 1) * sampleSize
  }

  /// The border's sample of a channel.
  func border(ofChannel channel: Int) -> UnsafeRawPointer {
    samples(ofChannel: channel) + LevelTable.levels * sampleSize
  }
}
