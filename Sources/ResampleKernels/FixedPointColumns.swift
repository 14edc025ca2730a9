import CShims

// Fixed-point arithmetic along eight rows at once. Their samples are brought into columns first: two neighbours of each row,
// side by side as 16-bit numbers, then those of the next row. What a sample of the output weights is then whole vectors,
// one element for each row, so that nothing is left to be added up within a vector, and weights serve eight rows. Every
// sample of the input is brought there once, however many samples of the output read it.

/// Fewer rows are better off one by one.
@inline(__always) var fewestColumnRows: Int { 4 }
@inline(__always) var mostColumnRows: Int { 8 }

/// Returns false where it has no way for such pixels, or such windows.
@inline(__always) func horizontalColumnPass<V: PairProducts>(
  _ sums: V.Type, _ rows: ByteRows, _ table: rsk_taps, samplesPerPixel: Int, scratch: UnsafeMutableRawPointer
) -> Bool {
  switch samplesPerPixel {
  case 1: columnPass(V.self, ColumnsOfOne.self, rows, table, scratch)
  case 2: columnPass(V.self, ColumnsOfTwo.self, rows, table, scratch)
  case 3: columnPass(V.self, ColumnsOfThree.self, rows, table, scratch)
  case 4: columnPass(V.self, ColumnsOfFour.self, rows, table, scratch)
  default: false
  }
}

@inline(__always) private func columnPass<V: PairProducts, P: ColumnPixel>(
  _ sums: V.Type, _ pixel: P.Type, _ rows: ByteRows, _ table: rsk_taps, _ scratch: UnsafeMutableRawPointer
) -> Bool {
  if V.splitsWeights && table.quads > 0 { return columnPass(V.self, P.self, SplitWeights.self, rows, table, scratch) }
  if table.pair_remainders == nil { return columnPass(V.self, P.self, ExactWeights.self, rows, table, scratch) }
  return V.takesRemainders && columnPass(V.self, P.self, RoundedWeights.self, rows, table, scratch)
}

/// The sum of a sample of eight rows.
private struct ColumnSum<V: PairProducts, W: WeightRounding> {
  private var rounded: V.Words
  private var rest: V.Words

  @inline(__always) init(from start: V.Words) { (rounded, rest) = (start, V.repeated(0)) }

  /// Adds two neighbouring samples of each row, times their weights.
  @inline(__always) mutating func add(_ column: UnsafeRawPointer, _ weights: ColumnWeights<V, W>) {
    let samples = load(column, as: V.Words.self)
    rounded = V.add(rounded, samples, weights.rounded)
    if !W.isExact { rest = V.add(rest, samples, weights.remainders) }
  }

  /// Adds what is above the lower 16 bits of split weights.
  @inline(__always) mutating func add(high: V.Words) { rounded = V.sum(rounded, high: high) }

  @inline(__always) func total(_ table: rsk_taps) -> V.Words {
    W.isExact ? rounded : V.sum(rounded, rest, shift: table.remainder_bits)
  }
}

/// The weights of two neighbouring samples.
private struct ColumnWeights<V: PairProducts, W: WeightRounding> {
  let rounded: V.Words
  let remainders: V.Words
}

/// The weights of some samples of the output, `pairs` for each.
private struct PairWeights<V: PairProducts, W: WeightRounding> {
  private var rounded: UnsafePointer<Int32>
  private var remainders: UnsafePointer<Int32>

  @inline(__always) init(_ table: rsk_taps) {
    rounded = table.pair_weights!
    remainders = W.isExact ? rounded : table.pair_remainders!
  }

  @inline(__always) static func + (weights: PairWeights, distance: Int) -> PairWeights {
    var moved = weights
    moved.advance(by: distance)
    return moved
  }

  @inline(__always) mutating func advance(by distance: Int) {
    rounded += distance
    if !W.isExact { remainders += distance }
  }

  @inline(__always) subscript(pair: Int) -> ColumnWeights<V, W> {
    let weights = V.weights(rounded[pair])
    return ColumnWeights(rounded: weights, remainders: W.isExact ? weights : V.weights(remainders[pair]))
  }

  /// Two a load, because in the passes that take them loads take the most time.
  @inline(__always) func two(from pair: Int) -> (ColumnWeights<V, W>, ColumnWeights<V, W>) {
    let (first, second) = V.twoWeights(load(rounded + pair, as: Int64.self))
    let (near, far) = W.isExact ? (first, second) : V.twoWeights(load(remainders + pair, as: Int64.self))
    return (ColumnWeights(rounded: first, remainders: near), ColumnWeights(rounded: second, remainders: far))
  }

  /// Whether a pair is past the last of a window.
  @inline(__always) func isEmpty(_ pair: Int) -> Bool {
    W.isExact ? rounded[pair] == 0 : rounded[pair] | remainders[pair] == 0
  }
}

@inline(never) private func columnPass<V: PairProducts, P: ColumnPixel, W: WeightRounding>(
  _ sums: V.Type, _ pixel: P.Type, _ rounding: W.Type, _ rows: ByteRows, _ table: rsk_taps,
  _ scratch: UnsafeMutableRawPointer
) -> Bool {
  var columns = Columns<V, P>(rows, table, scratch, hasQuads: W.isSplit)
  let longestSpan = P.pixelsAtOnce > 1 ? table.spans.0 : 0
  let longestWindow = max(2 &* table.pairs, 4 &* table.quads) &+ 3
  guard longestSpan &+ longestWindow &+ P.pixelsOfBlock <= columns.capacity else { return false }
  let output = OutputBlock<V, P>(rows, table, Columns<V, P>.outputMemory(scratch))
  let precision = W.isSplit ? table.precision &+ table.remainder_bits : table.precision
  let half: V.Words = V.repeated(oneHalf(precision))
  let size = MemoryLayout<V.Words>.size
  let pairs = table.pairs
  var first = table.pair_first!
  var weights = PairWeights<V, W>(table)
  let quads = table.quads
  var quadFirst = W.isSplit ? table.quad_first! : first
  var quadWeights = W.isSplit ? table.quad_weights! : first
  var x = 0
  /// Makes some pixels.
  @inline(__always) func fours() -> V.Words {
    let lastPair = Int(first[P.pixelsAtOnce &- 1]) &+ 2 &* pairs
    columns.fill(
      Int(first[0]), to: W.isSplit ? max(lastPair, Int(quadFirst[P.pixelsAtOnce &- 1]) &+ 4 &* quads) : lastPair)
    let start = ColumnSum<V, W>(from: half)
    var (a, b, c, d) = (start, start, start, start)
    if W.isSplit {
      let zero: V.Words = V.repeated(0)
      var (highA, highB, highC, highD) = (zero, zero, zero, zero)
      var quad = 0
      @inline(__always) func weight(_ pixel: Int) -> V.Words { V.repeated(quadWeights[pixel &* quads &+ quad]) }
      @inline(__always) func add(_ sum: inout V.Words, _ column: UnsafeRawPointer, _ weight: V.Words) {
        sum = V.add(sum, bytes: load(column, as: V.Words.self), weights: weight)
      }
      let columnA = columns[quad: Int(quadFirst[0])]
      if P.samples == 1 {
        let columnB = columns[quad: Int(quadFirst[1])]
        let columnC = columns[quad: Int(quadFirst[2])]
        let columnD = columns[quad: Int(quadFirst[3])]
        repeat {
          add(&highA, columnA + quad &* size, weight(0))
          add(&highB, columnB + quad &* size, weight(1))
          add(&highC, columnC + quad &* size, weight(2))
          add(&highD, columnD + quad &* size, weight(3))
          quad &+= 1
        } while quad < quads
      } else if P.samples == 2 {
        let columnB = columns[quad: Int(quadFirst[1])]
        repeat {
          let place = quad &* 2 &* size
          let (weightA, weightB) = (weight(0), weight(1))
          add(&highA, columnA + place, weightA)
          add(&highB, columnA + (place &+ size), weightA)
          add(&highC, columnB + place, weightB)
          add(&highD, columnB + (place &+ size), weightB)
          quad &+= 1
        } while quad < quads
      } else {
        var column = columnA
        @inline(__always) func addQuad(_ weight: V.Words) {
          add(&highA, column, weight)
          add(&highB, column + size, weight)
          add(&highC, column + 2 &* size, weight)
          if P.samples == 4 { add(&highD, column + 3 &* size, weight) }
          column += P.samples &* size
          quad &+= 1
        }
        while quad &+ 2 <= quads {
          let (first, second) = V.twoWeights(load(quadWeights + quad, as: Int64.self))
          addQuad(first)
          addQuad(second)
        }
        if quad < quads { addQuad(weight(0)) }
      }
      a.add(high: highA)
      b.add(high: highB)
      c.add(high: highC)
      d.add(high: highD)
      quadFirst += P.pixelsAtOnce
      quadWeights += P.pixelsAtOnce &* quads
    }
    let columnA = columns[pixel: Int(first[0])]
    var pair = 0
    if P.samples == 1 {
      let columnB = columns[pixel: Int(first[1])]
      let columnC = columns[pixel: Int(first[2])]
      let columnD = columns[pixel: Int(first[3])]
      let (weightsB, weightsC, weightsD) = (weights + pairs, weights + 2 &* pairs, weights + 3 &* pairs)
      @inline(__always) func addTwo(
        _ sum: inout ColumnSum<V, W>, _ column: UnsafeRawPointer, _ weights: PairWeights<V, W>
      ) {
        let (first, second) = weights.two(from: pair)
        sum.add(column + pair &* size, first)
        sum.add(column + (pair &* size &+ size), second)
      }
      while pair &+ 2 <= pairs {
        addTwo(&a, columnA, weights)
        addTwo(&b, columnB, weightsB)
        addTwo(&c, columnC, weightsC)
        addTwo(&d, columnD, weightsD)
        pair &+= 2
      }
      if pair < pairs {
        a.add(columnA + pair &* size, weights[pair])
        b.add(columnB + pair &* size, weightsB[pair])
        c.add(columnC + pair &* size, weightsC[pair])
        d.add(columnD + pair &* size, weightsD[pair])
      }
    } else if P.samples == 2 {
      let columnB = columns[pixel: Int(first[1])]
      repeat {
        let place = pair &* 2 &* size
        let (weightA, weightB) = (weights[pair], weights[pairs &+ pair])
        a.add(columnA + place, weightA)
        b.add(columnA + (place &+ size), weightA)
        c.add(columnB + place, weightB)
        d.add(columnB + (place &+ size), weightB)
        pair &+= 1
      } while pair < pairs
    } else {
      let step = P.samples &* size
      @inline(__always) func addPair(_ column: UnsafeRawPointer, _ weight: ColumnWeights<V, W>) {
        a.add(column, weight)
        b.add(column + size, weight)
        c.add(column + 2 &* size, weight)
        if P.samples == 4 { d.add(column + 3 &* size, weight) }
      }
      var column = columnA
      @inline(__always) func addPairs(_ count: Int) {
        var index = 0
        // Where the sum is an instruction of its own, the loads are the longest.
        while Abilities.registers == 16 && index &+ 2 <= count {
          let (first, second) = weights.two(from: pair &+ index)
          addPair(column + index &* step, first)
          addPair(column + (index &+ 1) &* step, second)
          index &+= 2
        }
        while index < count {
          addPair(column + index &* step, weights[pair &+ index])
          index &+= 1
        }
        column += count &* step
        pair &+= count
      }
      let last = pairs &- 1
      // Windows of two taps are two pairs long at most.
      if last > 1 {
        while pair &+ 4 <= last { addPairs(4) }
        if last & 2 != 0 { addPairs(2) }
      }
      if last & 1 != 0 { addPairs(1) }
      // Most windows are one pair shorter than the longest.
      if !weights.isEmpty(last) { addPairs(1) }
    }
    let totalC = c.total(table)
    first += P.pixelsAtOnce
    weights.advance(by: P.pixelsAtOnce &* pairs)
    x &+= P.pixelsAtOnce
    return V.fours(
      a.total(table), b.total(table), totalC, P.samples == 3 ? totalC : d.total(table), shift: precision)
  }
  while x < table.length {
    let start = x &* P.samples
    var index = 0
    repeat {
      output[index] = fours()
      index &+= 1
    } while index < 4 && x < table.length
    output.storeRows(from: start)
  }
  return true
}
