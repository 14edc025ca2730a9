import CShims
import ResampleGeometry

/// In which numbers the samples of a row are weighted and summed.
enum WorkingType {
  case float32
  case float64
  /// uint8 samples, int16 weights: docs/exactness.md#uint8.
  case fixedPoint

  var sampleSize: Int {
    switch self {
    case .float32: 4
    case .float64: 8
    case .fixedPoint: 1
    }
  }

  var weightSize: Int {
    switch self {
    case .float32: 4
    case .float64: 8
    case .fixedPoint: 2
    }
  }
}

/// How the samples of a dtype are computed, and the kernels that bring them there and back.
struct SampleFormat {
  let workingType: WorkingType
  /// Index of rsk_table.conversions.
  let conversion: Int
  /// The index for what is written; it is another where results have a dtype of their own.
  let writtenConversion: Int
  let memoryAccess: MemoryAccess

  /// Whether passes read and write rows where they lie in memory.
  enum MemoryAccess {
    /// They are rows of the working type.
    case direct
    /// Passes that read, and others that write, convert them in registers.
    case float16
    case bfloat16
    /// What is read is converted to rows of the working type, which are what is written.
    case directlyWritten
    /// They are converted to rows of the working type, and back.
    case converted
  }

  private init(
    _ workingType: WorkingType, _ conversion: Int, _ memoryAccess: MemoryAccess = .converted, written: Int? = nil
  ) {
    self.workingType = workingType
    self.conversion = conversion
    writtenConversion = written ?? conversion
    self.memoryAccess = memoryAccess
  }

  /// Means of more samples than this along an axis are computed in float64: in float32 the roundings of the sum would
  /// add up, 1e-5 for 5000 equal samples.
  private static let longestFloat32Mean = 32

  /// The format of a resampling whose output samples read up to `longestWindow` samples along an axis.
  init?(_ dtype: Dtype, _ sampling: Sampling, longestWindow: Int) {
    guard let format = SampleFormat(dtype, sampling) else { return nil }
    if sampling == .area && format.workingType == .float32 && longestWindow > SampleFormat.longestFloat32Mean {
      self = format.widened
    } else {
      self = format
    }
  }

  /// Bytes that are summed as floats.
  var convertsBytes: Bool { conversion == RSK_UINT8 || conversion == RSK_WIDENED + RSK_UINT8 }

  /// The same in float64.
  var widened: SampleFormat {
    workingType == .float32 ? SampleFormat(.float64, RSK_WIDENED + conversion) : self
  }

  /// Samples of a dtype that become float32; nil for the dtypes that cannot be weighted.
  init?(float32Of dtype: Dtype) {
    guard let format = SampleFormat(dtype, .area) else { return nil }
    if dtype == .float32 {
      self = format
    } else if format.workingType == .float32 {
      self.init(.float32, format.conversion, .directlyWritten, written: RSK_FLOAT32)
    } else {
      self.init(.float64, format.conversion, written: RSK_WIDENED + RSK_FLOAT32)
    }
  }

  /// nil for the dtypes that cannot be weighted. uint8 is computed as PyTorch's images are, but for the modes that
  /// PyTorch does not have for it.
  init?(_ dtype: Dtype, _ sampling: Sampling) {
    switch dtype {
    case .float32: self.init(.float32, RSK_FLOAT32, .direct)
    case .float16: self.init(.float32, RSK_FLOAT16, .float16)
    case .bfloat16: self.init(.float32, RSK_BFLOAT16, .bfloat16)
    case .float64: self.init(.float64, RSK_FLOAT64, .direct)
    case .int8: self.init(.float32, RSK_INT8)
    case .int16: self.init(.float32, RSK_INT16)
    case .uint16: self.init(.float32, RSK_UINT16)
    case .int32: self.init(.float64, RSK_INT32)
    case .uint8:
      switch sampling {
      case .linear, .cubic, .antialiased: self.init(.fixedPoint, RSK_UINT8_FIXED, .direct)
      case .area, .nearest, .filtered, .neighbours, .cells, .cellSums, .covered: self.init(.float32, RSK_UINT8)
      }
    default: return nil
    }
  }
}

// Into their callers: a call would be given a copy of the whole table.
extension rsk_table {
  /// The passes from and to rows of the working type.
  @inline(__always) func passes(of workingType: WorkingType) -> rsk_passes {
    switch workingType {
    case .float32: float32
    case .float64: float64
    case .fixedPoint: fixed_point
    }
  }

  /// The passes that read, or write, rows as they lie in memory; nil where a conversion has to do so.
  @inline(__always) func passes(from format: SampleFormat) -> rsk_passes? {
    switch format.memoryAccess {
    case .direct: passes(of: format.workingType)
    case .float16: existing(from_float16)
    case .bfloat16: existing(from_bfloat16)
    case .directlyWritten, .converted: nil
    }
  }

  @inline(__always) func passes(to format: SampleFormat) -> rsk_passes? {
    switch format.memoryAccess {
    case .direct, .directlyWritten: passes(of: format.workingType)
    case .float16: existing(to_float16)
    case .bfloat16: existing(to_bfloat16)
    case .converted: nil
    }
  }

  /// The horizontal pass of bytes of which it reads few.
  @inline(__always) func sparsePasses(of workingType: WorkingType) -> rsk_passes {
    workingType == .float64 ? widened_sparse_bytes : sparse_bytes
  }

  private func existing(_ passes: rsk_passes) -> rsk_passes? { passes.vertical == nil ? nil : passes }
}
