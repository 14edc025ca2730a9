extension Message.StringInterpolation {
  /// A shape as Python writes it: (1, 3, 8, 8) or (7,).
  @inline(never) package mutating func appendInterpolation(_ shape: Shape) {
    appendLiteral("(")
    for axis in 0..<shape.rank {
      if axis > 0 { appendLiteral(", ") }
      appendInterpolation(shape[axis])
    }
    if shape.rank == 1 { appendLiteral(",") }
    appendLiteral(")")
  }

  /// A dtype by NumPy's name, or by its fields where it has none here.
  @inline(never) package mutating func appendInterpolation(_ dtype: Dtype) {
    if let name = dtype.name { return appendLiteral(name) }
    appendLiteral("dtype {")
    appendInterpolation(Int(dtype.code))
    appendLiteral(", ")
    appendInterpolation(Int(dtype.bits))
    appendLiteral(", ")
    appendInterpolation(Int(dtype.lanes))
    appendLiteral("}")
  }
}
