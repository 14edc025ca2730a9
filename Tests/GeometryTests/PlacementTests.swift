import Testing

@testable import ResampleGeometry

private func placement(
  _ anchor: Canvas.Anchor, resized: (Int, Int), output: (Int, Int), image: (Int, Int)? = nil
) -> Placement {
  var canvas = Canvas()
  canvas.anchor = anchor
  canvas.extent = .cropped(ImageSize(height: output.0, width: output.1))
  let image = image ?? resized
  let resized = ImageSize(height: resized.0, width: resized.1)
  return canvas.placement(
    of: ImageSize(height: image.0, width: image.1), resized: resized, output: canvas.size(ofResized: resized))
}

// Of e = resized - output, from -5 to 5, by Python: round(e / 2) where e >= 0 and else -(-e // 2), as torchvision's and
// timm's center_crop crop and pad; int(e / 2), as transformers with torchvision; e // 2, as transformers with NumPy.
@Test(arguments: [
  ("center", Canvas.Anchor.center, [-2, -2, -1, -1, 0, 0, 0, 1, 2, 2, 2]),
  ("cut off", .centerCutOff, [-2, -2, -1, -1, 0, 0, 0, 1, 1, 2, 2]),
  ("down", .centerDown, [-3, -2, -2, -1, -1, 0, 0, 1, 1, 2, 2]),
  ("top left", .topLeft, [Int](repeating: 0, count: 11)),
  ("given", .at(top: 7, left: -9), [Int](repeating: 7, count: 11)),
])
func anchors(name: String, anchor: Canvas.Anchor, starts: [Int]) {
  #expect((-5...5).map { placement(anchor, resized: (20 + $0, 20), output: (20, 20)).top } == starts)
  guard case .at = anchor else {
    #expect((-5...5).map { placement(anchor, resized: (20, 20 + $0), output: (20, 20)).left } == starts)
    return
  }
  #expect(placement(anchor, resized: (20, 25), output: (20, 20)).left == -9)
}

@Test func whatIsShownOfALargerImage() {
  let middle = placement(.center, resized: (256, 341), output: (224, 224))
  #expect((middle.rows, middle.columns) == (0..<224, 0..<224))
  // (341 - 224) / 2 is 58.5, which rounds to even.
  #expect((middle.shownRows, middle.shownColumns) == (16..<240, 58..<282))
}

@Test func whereASmallerImageLies() {
  let letterbox = placement(.centerCutOff, resized: (323, 640), output: (640, 640))
  #expect((letterbox.top, letterbox.left) == (-158, 0))
  #expect((letterbox.rows, letterbox.columns) == (158..<481, 0..<640))
  #expect((letterbox.shownRows, letterbox.shownColumns) == (0..<323, 0..<640))
}

@Test func aPartOfAnImageBesideTheBorder() {
  let part = placement(.at(top: 6, left: -3), resized: (10, 12), output: (9, 8))
  #expect((part.rows, part.columns) == (0..<4, 3..<8))
  #expect((part.shownRows, part.shownColumns) == (6..<10, 0..<5))
}

/// Beside the image and beyond all numbers nothing is shown, and the ranges are parts of the image and of the output.
@Test(arguments: [10, 11, -9, -10, Int(Int32.max), -Int(Int32.max)])
func nothingIsShown(start: Int) {
  let nothing = placement(.at(top: start, left: start), resized: (10, 10), output: (9, 9))
  #expect(nothing.rows.isEmpty && nothing.columns.isEmpty)
  #expect(nothing.shownRows.isEmpty && nothing.shownColumns.isEmpty)
  for range in [nothing.rows, nothing.columns] { #expect(range.lowerBound >= 0 && range.upperBound <= 9) }
  for range in [nothing.shownRows, nothing.shownColumns] { #expect(range.lowerBound >= 0 && range.upperBound <= 10) }
}

@Test func theLastRowAndTheFirst() {
  #expect(placement(.at(top: 9, left: -8), resized: (10, 10), output: (9, 9)).rows == 0..<1)
  #expect(placement(.at(top: 9, left: -8), resized: (10, 10), output: (9, 9)).columns == 8..<9)
}

@Test func theOutputIsWhatTheCanvasSays() {
  var canvas = Canvas()
  let (resized, given) = (ImageSize(height: 31, width: 64), ImageSize(height: 50, width: 40))
  func size(_ extent: Canvas.Extent, multiple: Int = 1) -> ImageSize {
    (canvas.extent, canvas.multiple) = (extent, multiple)
    return canvas.size(ofResized: resized)
  }
  for extent in [Canvas.Extent.resized, .largest] {
    #expect(size(extent) == resized)
    #expect(size(extent, multiple: 32) == ImageSize(height: 32, width: 64))
  }
  for extent in [Canvas.Extent.cropped(given), .padded(given)] {
    #expect(size(extent) == given)
    #expect(size(extent, multiple: 32) == ImageSize(height: 64, width: 64))
  }
}

@Test func aPlacementKnowsItsImage() {
  let placed = placement(.topLeft, resized: (3, 4), output: (5, 6), image: (7, 8))
  #expect(placed.image == ImageSize(height: 7, width: 8) && placed.resized == ImageSize(height: 3, width: 4))
  #expect(placed.output == ImageSize(height: 5, width: 6))
}
