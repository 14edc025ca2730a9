import CShims

/// Brings lines of rows near.
@inline(never) func prefetch(_ rows: rsk_upcoming) {
  var line = rows.start
  if line >= rows.end { return }
  var row = line / rows.lines
  while line < rows.end {
    let first = row &* rows.lines
    let address = rows.first! + (row &* rows.stride &- first &* Int(RSK_CACHE_LINE))
    let endOfRow = min(rows.end, first &+ rows.lines)
    while line < endOfRow {
      rsi_prefetch(address + line &* Int(RSK_CACHE_LINE))
      line &+= 1
    }
    row &+= 1
  }
}
