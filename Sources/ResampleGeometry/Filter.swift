/// A weighting function of the distance, for antialiased resampling.
package enum Filter: Equatable {
  /// 1 - |x|: bilinear.
  case triangle
  /// Keys' cubic convolution with A = -0.5: bicubic. (R. Keys, IEEE Trans. ASSP 29, 1981)
  case cubic
  /// sinc(x) sinc(x / 3): lanczos. (C. Duchon, J. Appl. Meteor. 18, 1979)
  case lanczos

  /// The distance from which on the filter is zero.
  package var support: Int {
    switch self {
    case .triangle: 1
    case .cubic: 2
    case .lanczos: 3
    }
  }

  package func weight<R: Real>(atDistance x: R) -> R {
    switch self {
    case .triangle: Swift.max(1 - abs(x), 0)
    case .cubic: cubicWeight(atDistance: x, sharpness: -0.5)
    case .lanczos: x > -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0
    }
  }
}

/// Keys' cubic convolution at distance x, 0 from 2 on. `sharpness` is his A: -0.75 without antialias, -0.5 with.
///
///     cubicWeight(atDistance: 0.5, sharpness: -0.75)  // 0.59375
func cubicWeight<R: Real>(atDistance x: R, sharpness a: R) -> R {
  let x = abs(x)
  // Fused where PyTorch's compiler fuses: float32 weights would otherwise differ by up to 5e-7.
  if x < 1 { return (a + 2).multiplied(by: x, adding: -(a + 3)) * x * x + 1 }
  if x < 2 { return a.multiplied(by: x, adding: -5 * a).multiplied(by: x, adding: 8 * a) * x - 4 * a }
  return 0
}

/// sin(pi x) / (pi x)
func sinc<R: Real>(_ x: R) -> R {
  if x == 0 { return 1 }
  let angle = x * R.pi
  return R.sine(angle) / angle
}
