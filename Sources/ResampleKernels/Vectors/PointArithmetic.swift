import CShims

/// What finding the taps of points needs besides: whole numbers, comparisons, and as many indices as a vector has elements.
protocol PointArithmetic: RealArithmetic {
  associatedtype Indices: BitwiseCopyable
  static func difference(_ a: Vector, _ b: Vector) -> Vector
  static func quotient(_ a: Vector, _ b: Vector) -> Vector
  /// c + a * b, rounded once on every instruction set.
  static func fused(_ c: Vector, _ a: Vector, _ b: Vector) -> Vector
  static func magnitude(_ a: Vector) -> Vector
  static func nearest(_ a: Vector) -> Vector
  static func floor(_ a: Vector) -> Vector
  /// In each element: a < b ? x : y.
  static func select(_ a: Vector, below b: Vector, _ x: Vector, _ y: Vector) -> Vector
  /// In each element: a == b ? x : y.
  static func select(_ a: Vector, equalTo b: Vector, _ x: Vector, _ y: Vector) -> Vector

  /// Whole numbers as integers; no index is what an Int32 does not hold.
  static func indices(_ whole: Vector) -> Indices
  /// The nearest whole numbers, as integers.
  static func nearestIndices(_ a: Vector) -> Indices
  static func repeated(_ index: Int32) -> Indices
  static func sum(_ a: Indices, _ b: Indices) -> Indices
  static func product(_ a: Indices, _ b: Indices) -> Indices
  static func atMost(_ last: Int32, _ a: Indices) -> Indices
  /// The nearest of 0 ... last.
  static func bounded(_ a: Indices, last: Int32) -> Indices
  /// Masks of -1 and 0, and what they select.
  static func isWithin(_ a: Indices, _ length: Int32) -> Indices
  static func isEqual(_ a: Indices, _ b: Int32) -> Indices
  static func both(_ a: Indices, _ b: Indices) -> Indices
  static func all(_ mask: Indices) -> Bool
  static func select(_ mask: Indices, _ a: Indices, _ b: Indices) -> Indices
}

extension Float32Arithmetic {
  typealias Indices = rsi_float_indices
  @inline(__always) static func difference(_ a: FloatVector, _ b: FloatVector) -> FloatVector { a - b }
  @inline(__always) static func quotient(_ a: FloatVector, _ b: FloatVector) -> FloatVector { a / b }
  @inline(__always) static func fused(_ c: FloatVector, _ a: FloatVector, _ b: FloatVector) -> FloatVector {
    c.addingProduct(a, b)
  }
  @inline(__always) static func magnitude(_ a: FloatVector) -> FloatVector { rsi_float_magnitudes(a) }
  @inline(__always) static func nearest(_ a: FloatVector) -> FloatVector { rsi_nearest_floats(a) }
  @inline(__always) static func floor(_ a: FloatVector) -> FloatVector { rsi_floor_floats(a) }
  @inline(__always) static func select(
    _ a: FloatVector, below b: FloatVector, _ x: FloatVector, _ y: FloatVector
  ) -> FloatVector { rsi_floats_if_below(a, b, x, y) }
  @inline(__always) static func select(
    _ a: FloatVector, equalTo b: FloatVector, _ x: FloatVector, _ y: FloatVector
  ) -> FloatVector { rsi_floats_if_equal(a, b, x, y) }

  @inline(__always) static func indices(_ whole: FloatVector) -> Indices { rsi_truncated_floats(whole) }
  @inline(__always) static func nearestIndices(_ a: FloatVector) -> Indices { rsi_rounded_floats(a) }
  @inline(__always) static func repeated(_ index: Int32) -> Indices { Indices(repeating: index) }
  @inline(__always) static func sum(_ a: Indices, _ b: Indices) -> Indices { a &+ b }
  @inline(__always) static func product(_ a: Indices, _ b: Indices) -> Indices { a &* b }
  @inline(__always) static func atMost(_ last: Int32, _ a: Indices) -> Indices { rsi_float_indices_at_most(last, a) }
  @inline(__always) static func bounded(_ a: Indices, last: Int32) -> Indices { rsi_bounded_float_indices(a, last) }
  @inline(__always) static func isWithin(_ a: Indices, _ length: Int32) -> Indices {
    rsi_float_indices_within(a, length)
  }
  @inline(__always) static func isEqual(_ a: Indices, _ b: Int32) -> Indices { rsi_float_indices_equal(a, b) }
  @inline(__always) static func both(_ a: Indices, _ b: Indices) -> Indices { a & b }
  @inline(__always) static func all(_ mask: Indices) -> Bool { rsi_float_indices_all(mask) }
  @inline(__always) static func select(_ mask: Indices, _ a: Indices, _ b: Indices) -> Indices {
    rsi_float_indices_where(mask, a, b)
  }
}

extension Float64Arithmetic {
  typealias Indices = rsi_double_indices
  @inline(__always) static func difference(_ a: DoubleVector, _ b: DoubleVector) -> DoubleVector { a - b }
  @inline(__always) static func quotient(_ a: DoubleVector, _ b: DoubleVector) -> DoubleVector { a / b }
  @inline(__always) static func fused(_ c: DoubleVector, _ a: DoubleVector, _ b: DoubleVector) -> DoubleVector {
    c.addingProduct(a, b)
  }
  @inline(__always) static func magnitude(_ a: DoubleVector) -> DoubleVector { rsi_double_magnitudes(a) }
  @inline(__always) static func nearest(_ a: DoubleVector) -> DoubleVector { rsi_nearest_doubles(a) }
  @inline(__always) static func floor(_ a: DoubleVector) -> DoubleVector { rsi_floor_doubles(a) }
  @inline(__always) static func select(
    _ a: DoubleVector, below b: DoubleVector, _ x: DoubleVector, _ y: DoubleVector
  ) -> DoubleVector { rsi_doubles_if_below(a, b, x, y) }
  @inline(__always) static func select(
    _ a: DoubleVector, equalTo b: DoubleVector, _ x: DoubleVector, _ y: DoubleVector
  ) -> DoubleVector { rsi_doubles_if_equal(a, b, x, y) }

  @inline(__always) static func indices(_ whole: DoubleVector) -> Indices { rsi_truncated_doubles(whole) }
  @inline(__always) static func nearestIndices(_ a: DoubleVector) -> Indices { rsi_rounded_doubles(a) }
  @inline(__always) static func repeated(_ index: Int32) -> Indices { Indices(repeating: index) }
  @inline(__always) static func sum(_ a: Indices, _ b: Indices) -> Indices { a &+ b }
  @inline(__always) static func product(_ a: Indices, _ b: Indices) -> Indices { a &* b }
  @inline(__always) static func atMost(_ last: Int32, _ a: Indices) -> Indices { rsi_double_indices_at_most(last, a) }
  @inline(__always) static func bounded(_ a: Indices, last: Int32) -> Indices { rsi_bounded_double_indices(a, last) }
  @inline(__always) static func isWithin(_ a: Indices, _ length: Int32) -> Indices {
    rsi_double_indices_within(a, length)
  }
  @inline(__always) static func isEqual(_ a: Indices, _ b: Int32) -> Indices { rsi_double_indices_equal(a, b) }
  @inline(__always) static func both(_ a: Indices, _ b: Indices) -> Indices { a & b }
  @inline(__always) static func all(_ mask: Indices) -> Bool { rsi_double_indices_all(mask) }
  @inline(__always) static func select(_ mask: Indices, _ a: Indices, _ b: Indices) -> Indices {
    rsi_double_indices_where(mask, a, b)
  }
}
