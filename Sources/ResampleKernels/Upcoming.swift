import CShims

/// Brings a part of some rows near, the `step`-th of `steps`.
@inline(never) func prefetch(_ rows: rsk_upcoming, step: Int, of steps: Int) {
  let lines = rows.end &- rows.start
  if lines <= 0 { return }
  var line = rows.start &+ lines &* step / steps
  let end = rows.start &+ lines &* (step &+ 1) / steps
  var row = line / rows.lines
  while line < end {
    let first = row &* rows.lines
    let address = rows.first! + (row &* rows.stride &- first &* Int(RSK_CACHE_LINE))
    let endOfRow = min(end, first &+ rows.lines)
    while line < endOfRow {
      rsi_prefetch(address + line &* Int(RSK_CACHE_LINE))
      line &+= 1
    }
    row &+= 1
  }
}
