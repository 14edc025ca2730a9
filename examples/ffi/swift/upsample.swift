// Enlarges [[1, 2], [3, 4]] to 4x4, and compares with what PyTorch's documentation prints for torch.nn.Upsample.
//
//   swiftc -I . upsample.swift -L FOLDER && LD_LIBRARY_PATH=FOLDER ./upsample
//
// module.modulemap, in this folder, brings the header into Swift. FOLDER has libresample.so, which the linker looks
// for, and libresample.so.0, which the program loads.
import CResample
import Foundation

/// What the library refuses.
struct ResampleError: Error {
  let message: String

  /// Calls a function of the library, and throws what it says when it refuses.
  static func check(_ call: (UnsafeMutablePointer<rsmp_error>) -> rsmp_status) throws {
    var error = rsmp_error()
    guard call(&error) != RSMP_OK else { return }
    let message = withUnsafeBytes(of: error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    throw ResampleError(message: message)
  }
}

/// A contiguous image. The tensor only says where samples and shape are: both have to outlive it.
func tensor(_ samples: UnsafeMutablePointer<Float>, _ shape: UnsafeMutablePointer<Int64>) -> rsmp_tensor {
  var tensor = rsmp_tensor()
  tensor.data = UnsafeMutableRawPointer(samples)
  tensor.ndim = 4
  tensor.dtype = float32
  tensor.shape = shape
  return tensor
}

let float32 = rsmp_dtype(code: UInt8(RSMP_FLOAT), bits: 32, lanes: 1)

/// The rows of a 2x2 image enlarged to twice its size.
func upsample(_ image: [Float], mode: Int, alignCorners: Int) throws -> [[Float]] {
  var options = rsmp_interpolate_options()
  options.struct_size = UInt32(MemoryLayout.size(ofValue: options))
  options.mode = Int32(mode)
  options.align_corners = Int32(alignCorners)
  options.scale_factor_count = 2
  options.scale_factor = (2, 2, 0)

  var image = image
  var shape: [Int64] = [1, 1, 2, 2]
  var enlargedShape = [Int64](repeating: 0, count: 4)
  try ResampleError.check { rsmp_interpolate_shape(4, shape, float32, &options, &enlargedShape, $0) }

  let height = Int(enlargedShape[2])
  let width = Int(enlargedShape[3])
  var enlarged = [Float](repeating: 0, count: height * width)
  try image.withUnsafeMutableBufferPointer { image in
    try enlarged.withUnsafeMutableBufferPointer { enlarged in
      try shape.withUnsafeMutableBufferPointer { shape in
        try enlargedShape.withUnsafeMutableBufferPointer { enlargedShape in
          var input = tensor(image.baseAddress!, shape.baseAddress!)
          var output = tensor(enlarged.baseAddress!, enlargedShape.baseAddress!)
          try ResampleError.check { rsmp_interpolate(&input, &options, &output, $0) }
        }
      }
    }
  }
  return (0..<height).map { Array(enlarged[$0 * width..<($0 + 1) * width]) }
}

func fail(_ message: String) -> Never {
  FileHandle.standardError.write(Data((message + "\n").utf8))
  exit(1)
}

guard rsmp_abi_version() == RSMP_ABI_VERSION else { fail("the library has another ABI version") }
let image: [Float] = [1, 2, 3, 4]

// From PyTorch's documentation, which prints four decimals.
let documented: [(name: String, alignCorners: Int, table: [[Float]])] = [
  (
    "False", RSMP_ALIGN_CORNERS_FALSE,
    [
      [1.0, 1.25, 1.75, 2.0],
      [1.5, 1.75, 2.25, 2.5],
      [2.5, 2.75, 3.25, 3.5],
      [3.0, 3.25, 3.75, 4.0],
    ]
  ),
  (
    "True", RSMP_ALIGN_CORNERS_TRUE,
    [
      [1.0, 1.3333, 1.6667, 2.0],
      [1.6667, 2.0, 2.3333, 2.6667],
      [2.3333, 2.6667, 3.0, 3.3333],
      [3.0, 3.3333, 3.6667, 4.0],
    ]
  ),
]
for (name, alignCorners, table) in documented {
  print("bilinear x2, align_corners=\(name)")
  let rows = try upsample(image, mode: RSMP_MODE_BILINEAR, alignCorners: alignCorners)
  for (y, row) in rows.enumerated() {
    print(row.map { String(format: "%.4f", $0) }.joined(separator: " "))
    for (x, value) in row.enumerated() where !(abs(value - table[y][x]) <= 0.00006) {
      fail("row \(y), column \(x): documented is \(table[y][x])")
    }
  }
}

// What PyTorch refuses is refused here too.
do {
  _ = try upsample(image, mode: RSMP_MODE_NEAREST, alignCorners: RSMP_ALIGN_CORNERS_TRUE)
  fail("nearest took align_corners")
} catch let error as ResampleError {
  print("nearest x2, align_corners=True: \(error.message)")
}
