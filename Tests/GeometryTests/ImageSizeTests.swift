import Testing

@testable import ResampleGeometry

// Heights and widths that Python's libraries compute: torchvision 0.28's _compute_resized_output_size, transformers 5.24's
// get_size_with_aspect_ratio (of DETR, and of YOLOS), timm 1.0.31's ResizeKeepRatio, and for SAM and letterboxes
// int(edge * scale + 0.5) and round(edge * scale) with scale = min(height / h, width / w).

private typealias Sizes = [(image: (Int, Int), resized: (Int, Int))]

private func expect(_ rule: SizeRule, _ sizes: Sizes, _ location: SourceLocation = #_sourceLocation) {
  for (image, resized) in sizes {
    let size = rule.size(of: ImageSize(height: image.0, width: image.1))
    #expect((size.height, size.width) == resized, "\(rule) of \(image)", sourceLocation: location)
  }
}

@Test func imagesThatAreNotResizedOrWhoseSizeIsGiven() {
  expect(.unchanged, [((7, 5), (7, 5)), ((1, 5000), (1, 5000))])
  expect(.exactly(ImageSize(height: 3, width: 4)), [((7, 5), (3, 4)), ((1, 5000), (3, 4))])
}

@Test func theLongerEdgeIsCutOff() {
  expect(
    .shortestEdge(224, longest: nil),
    [
      ((480, 640), (224, 298)), ((640, 480), (298, 224)), ((333, 500), (224, 336)), ((224, 224), (224, 224)),
      ((1080, 1920), (224, 398)), ((3, 1000), (224, 74666)), ((7, 5), (313, 224)), ((427, 640), (224, 335)),
      ((1, 5000), (224, 1_120_000)), ((5000, 1), (1_120_000, 224)),
    ])
  expect(.shortestEdge(1, longest: nil), [((427, 640), (1, 1)), ((3, 1000), (1, 333))])
}

@Test func theLongestEdgeCutsTheShorterOneOff() {
  expect(
    .shortestEdge(800, longest: 1333),
    [
      ((480, 640), (800, 1066)), ((500, 333), (1201, 800)), ((1080, 1920), (749, 1333)), ((3, 1000), (3, 1333)),
      ((7, 5), (1120, 800)), ((800, 800), (800, 800)),
      // No image: what is made of it is refused elsewhere.
      ((1, 5000), (0, 1333)), ((5000, 1), (1333, 0)),
    ])
}

@Test func theLongestEdgeRoundsTheShorterOne() {
  expect(
    .shortestEdgeRounded(800, longest: 1333, multiple: 1),
    [
      ((480, 640), (800, 1066)), ((640, 480), (1066, 800)), ((1080, 1920), (750, 1333)), ((3, 1000), (4, 1333)),
      ((7, 5), (1120, 800)), ((1, 5000), (0, 1333)),
    ])
  expect(
    .shortestEdgeRounded(1000, longest: 1333, multiple: 1),
    [((333, 500), (888, 1333)), ((7, 5), (1333, 952)), ((427, 640), (889, 1333))])
  // 5 * 10 / 20 and 15 * 10 / 20 are halves: to even.
  expect(.shortestEdgeRounded(9, longest: 5, multiple: 1), [((10, 20), (2, 5)), ((20, 10), (5, 2))])
  expect(.shortestEdgeRounded(20, longest: 15, multiple: 1), [((10, 20), (8, 15)), ((20, 10), (15, 8))])
}

/// An image whose shorter edge is what it would become stays, though the longer one is more than its most: 99.5 rounds to 100.
/// Of YOLOS that is so for wide images alone.
@Test func anImageWithTheShorterEdgeStays() {
  expect(.shortestEdgeRounded(333, longest: nil, multiple: 1), [((333, 500), (333, 500)), ((500, 333), (500, 333))])
  expect(.shortestEdgeRounded(900, longest: 199, multiple: 1), [((100, 200), (100, 200)), ((200, 100), (200, 100))])
  expect(.shortestEdgeRounded(900, longest: 199, multiple: 8), [((100, 200), (96, 200)), ((200, 100), (192, 96))])
}

@Test func bothEdgesAreCutOffToAMultiple() {
  expect(
    .shortestEdgeRounded(800, longest: 1333, multiple: 16),
    [((480, 640), (800, 1056)), ((1080, 1920), (736, 1328)), ((7, 5), (1120, 800)), ((1, 5000), (0, 1328))])
}

@Test func theLongerEdgeIsGiven() {
  expect(
    .longestEdge(224),
    [
      ((480, 640), (168, 224)), ((640, 480), (224, 168)), ((224, 224), (224, 224)), ((333, 500), (149, 224)),
      ((1, 5000), (0, 224)),
    ])
}

@Test func edgesWithinASizeAreRounded() {
  let size = ImageSize(height: 180, width: 320)
  let images = [(480, 640), (333, 500), (1080, 1920), (7, 5), (1, 5000), (45, 90)]
  func resized(_ rounding: EdgeRounding) -> [ImageSize] {
    images.map { SizeRule.within(size, rounding).size(of: ImageSize(height: $0.0, width: $0.1)) }
  }
  let expected: [(EdgeRounding, [(Int, Int)])] = [
    (.down, [(180, 240), (180, 270), (180, 320), (180, 128), (0, 320), (160, 320)]),
    (.halfUp, [(180, 240), (180, 270), (180, 320), (180, 129), (0, 320), (160, 320)]),
    (.halfToEven, [(180, 240), (180, 270), (180, 320), (180, 129), (0, 320), (160, 320)]),
    (.halfToEvenOfQuotient, [(180, 240), (180, 270), (180, 320), (180, 129), (0, 320), (160, 320)]),
  ]
  for (rounding, sizes) in expected {
    #expect(resized(rounding) == sizes.map { ImageSize(height: $0.0, width: $0.1) }, "\(rounding)")
  }
}

@Test func halvesAreRoundedEachInItsWay() {
  // 3 and 5 rows times 1/2 are halves.
  func height(_ rows: Int, _ rounding: EdgeRounding) -> Int {
    SizeRule.within(ImageSize(height: 50, width: 50), rounding).size(of: ImageSize(height: rows, width: 100)).height
  }
  #expect([3, 5].map { height($0, .down) } == [1, 2])
  #expect([3, 5].map { height($0, .halfUp) } == [2, 3])
  #expect([3, 5].map { height($0, .halfToEven) } == [2, 2])
  #expect([3, 5].map { height($0, .halfToEvenOfQuotient) } == [2, 2])
}

@Test func edgesCoverASize() {
  let size = ImageSize(height: 180, width: 320)
  expect(
    .covering(size, .halfToEvenOfQuotient),
    [
      ((480, 640), (240, 320)), ((333, 500), (213, 320)), ((1080, 1920), (180, 320)), ((7, 5), (448, 320)),
      ((1, 5000), (180, 900000)), ((45, 90), (180, 360)),
    ])
  expect(
    .covering(size, .down), [((360, 640), (180, 320)), ((1, 5000), (180, 900_000)), ((5000, 1), (1_600_000, 320))])
}

/// Of lengths at their bounds nothing overflows: an edge of 2^20, and images of 2^31 - 1 rows.
@Test(arguments: [
  SizeRule.shortestEdge(SizeRule.longestEdge, longest: nil), .shortestEdge(SizeRule.longestEdge, longest: 1),
  .shortestEdgeRounded(SizeRule.longestEdge, longest: SizeRule.longestEdge, multiple: SizeRule.longestEdge),
  .longestEdge(SizeRule.longestEdge),
  .within(ImageSize(height: 1, width: SizeRule.longestEdge), .halfUp),
  .covering(ImageSize(height: SizeRule.longestEdge, width: 1), .halfToEvenOfQuotient),
])
func theLargestLengths(rule: SizeRule) {
  let longest = Int(Int32.max)
  for image in [(longest, 1), (1, longest), (longest, longest), (1, 1)] {
    let size = rule.size(of: ImageSize(height: image.0, width: image.1))
    #expect(0...longest << 20 ~= size.height && 0...longest << 20 ~= size.width, "\(image)")
  }
}

@Test func edgesAreRoundedUpToAMultiple() {
  let size = ImageSize(height: 31, width: 64)
  #expect(size.roundedUp(to: 32) == ImageSize(height: 32, width: 64))
  #expect(size.roundedUp(to: 1) == size)
  #expect(size.roundedUp(to: 100) == ImageSize(height: 100, width: 100))
}
