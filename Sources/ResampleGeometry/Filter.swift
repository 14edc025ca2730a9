import CShims

/// A weighting function of the distance, for antialiased resampling. The raw values are the modes of the C interface that
/// name it; triangle and cubic are what bilinear and bicubic become.
package enum Filter: Int32 {
  /// 1 - |x|.
  case triangle = 3
  /// Keys' cubic convolution. (R. Keys, IEEE Trans. ASSP 29, 1981)
  case cubic = 5
  /// sinc(x) sinc(x / 3). (C. Duchon, J. Appl. Meteor. 18, 1979)
  case lanczos = 7
  /// The cubic with B = C = 1/3, which blurs a little: it does not interpolate. (D. Mitchell, A. Netravali, SIGGRAPH 1988)
  case mitchell = 8
  /// sinc(x) times Hamming's window of width 2, as in Pillow.
  case hamming = 9
  /// The mean of what an output sample covers, as in Pillow.
  case box = 10
  // No mode of interpolate names those below.
  /// Magic Kernel Sharp: a quadratic B-spline, sharpened. (J. Costella, 2013 and 2021)
  case magicSharp2013 = -1
  case magicSharp2021 = -2
  /// sinc(x) sinc(x / 5).
  case lanczos5 = -3
  /// exp(-2 x^2), which ends at 1.5.
  case gaussian = -4

  /// Whether a mode of the C interface names it.
  package var isMode: Bool { rawValue >= 0 }

  package var name: StaticString {
    switch self {
    case .triangle: "bilinear"
    case .cubic: "bicubic"
    case .lanczos: "lanczos"
    case .mitchell: "mitchell"
    case .hamming: "hamming"
    case .box: "box"
    case .magicSharp2013: "mks2013"
    case .magicSharp2021: "mks2021"
    case .lanczos5: "lanczos5"
    case .gaussian: "gaussian"
    }
  }

  /// The distance from which on the filter is zero.
  package var support: Double {
    switch self {
    case .box: 0.5
    case .triangle, .hamming: 1
    case .gaussian: 1.5
    case .cubic, .mitchell: 2
    case .magicSharp2013: 2.5
    case .lanczos: 3
    case .magicSharp2021: 4.5
    case .lanczos5: 5
    }
  }

  /// Whether the weights at whole distances are 1 and 0, so that samples at the positions of the source keep their values.
  package var interpolates: Bool {
    switch self {
    case .triangle, .cubic, .lanczos, .lanczos5, .hamming, .box: true
    case .mitchell, .gaussian, .magicSharp2013, .magicSharp2021: false
    }
  }

  /// `cubicSharpness` is Keys' A.
  func weight<R: Real>(atDistance x: R, cubicSharpness: R, isFused: Bool) -> R {
    var weight = InlineArray<1, R>(repeating: x)
    var span = weight.mutableSpan
    _ = weigh(&span, from: 0, stride: 1, count: 1, cubicSharpness: cubicSharpness, isFused: isFused)
    return weight[0]
  }

  /// Puts weights in place of `count` distances, `stride` apart from `start` on, and returns their sum, added up in that order.
  ///
  /// Many a call: what the filter is takes longer to find than most weights to compute.
  @_optimize(speed) @inline(never)
  func weigh<R: Real>(
    _ distances: inout MutableSpan<R>, from start: Int, stride: Int, count: Int, cubicSharpness: R, isFused: Bool
  ) -> R {
    precondition(count == 0 || start >= 0 && start + (count - 1) * stride < distances.count)
    var (place, total) = (start, R(0))
    for _ in 0..<count {
      let weight = weight(at: distances[unchecked: place], cubicSharpness, isFused)
      distances[unchecked: place] = weight
      total += weight
      place &+= stride
    }
    return total
  }

  @inline(__always)
  private func weight<R: Real>(at x: R, _ cubicSharpness: R, _ isFused: Bool) -> R {
    switch self {
    case .triangle: Swift.max(1 - abs(x), 0)
    case .cubic where !isFused: unfusedCubicWeight(atDistance: abs(x), sharpness: cubicSharpness)
    case .cubic: cubicWeight(atDistance: x, sharpness: cubicSharpness)
    case .lanczos: lanczosWeight(atDistance: x, support: 3)
    case .lanczos5: lanczosWeight(atDistance: x, support: 5)
    case .gaussian: gaussianWeight(atDistance: x)
    case .mitchell: mitchellWeight(atDistance: x)
    // Pillow's constants are those of float32, whose sum is not 1.
    case .hamming where x == 0: 1
    case .hamming: x > -1 && x < 1 ? sinc(x) * (R(Float(0.54)) + R(Float(0.46)) * R.cosine(x * R.pi)) : 0
    // The sample between two neighbours belongs to the one before it.
    case .box: x > -0.5 && x <= 0.5 ? 1 : 0
    case .magicSharp2013: magicSharp2013Weight(atDistance: abs(x))
    case .magicSharp2021: magicSharp2021Weight(atDistance: abs(x))
    }
  }
}

/// Keys' cubic convolution at distance x, 0 from 2 on. `sharpness` is his A.
///
///     cubicWeight(atDistance: 0.5, sharpness: -0.75)  // 0.59375
func cubicWeight<R: Real>(atDistance x: R, sharpness a: R) -> R {
  let x = abs(x)
  // Fused where PyTorch's compiler fuses: float32 weights would otherwise differ by up to 5e-7.
  if x < 1 { return (a + 2).multiplied(by: x, adding: -(a + 3)) * x * x + 1 }
  if x < 2 { return a.multiplied(by: x, adding: -5 * a).multiplied(by: x, adding: 8 * a) * x - 4 * a }
  return 0
}

/// The same where no compiler fuses a product and a sum.
private func unfusedCubicWeight<R: Real>(atDistance x: R, sharpness a: R) -> R {
  if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
  if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
  return 0
}

/// Mitchell and Netravali's cubic with B = C = 1/3 at distance x, 0 from 2 on.
///
///     mitchellWeight(atDistance: 0.0)  // 8 / 9
private func mitchellWeight<R: Real>(atDistance x: R) -> R {
  let x = abs(x)
  if x < 1 { return ((7 * x - 12) * x * x + 16 / 3) / 6 }
  if x < 2 { return (((12 - 7 * x / 3) * x - 20) * x + 32 / 3) / 6 }
  return 0
}

private func magicSharp2013Weight<R: Real>(atDistance x: R) -> R {
  if x < 0.5 { return 17 / 16 - 7 / 4 * (x * x) }
  if x < 1.5 { return (1 - x) * (7 / 4 - x) }
  if x < 2.5 { return -1 / 8 * ((x - 5 / 2) * (x - 5 / 2)) }
  return 0
}

private func magicSharp2021Weight<R: Real>(atDistance x: R) -> R {
  if x < 0.5 { return 577 / 576 - 239 / 144 * (x * x) }
  if x < 1.5 { return 35 / 36 * (x - 1) * (x - 239 / 140) }
  if x < 2.5 { return 1 / 6 * (x - 2) * (65 / 24 - x) }
  if x < 3.5 { return 1 / 36 * (x - 3) * (x - 15 / 4) }
  if x < 4.5 { return -1 / 288 * ((x - 9 / 2) * (x - 9 / 2)) }
  return 0
}

private func lanczosWeight<R: Real>(atDistance x: R, support: R) -> R {
  x > -support && x < support ? sinc(x) * sinc(x / support) : 0
}

/// As 1 + expm1: exp would need a newer libm than all else here.
private func gaussianWeight<R: Real>(atDistance x: R) -> R {
  guard abs(x) < 1.5 else { return 0 }
  return R(1 + expm1((-2 * x * x).double))
}

/// sin(pi x) / (pi x)
func sinc<R: Real>(_ x: R) -> R {
  if x == 0 { return 1 }
  let angle = x * R.pi
  return R.sine(angle) / angle
}
