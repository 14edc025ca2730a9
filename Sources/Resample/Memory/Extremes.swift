// Swift's own functions for more than two numbers make an array of them, which ends the process when memory runs out.

func min(_ a: Int, _ b: Int, _ c: Int) -> Int { min(a, min(b, c)) }
func min(_ a: Int, _ b: Int, _ c: Int, _ d: Int) -> Int { min(min(a, b), min(c, d)) }
func max(_ a: Int, _ b: Int, _ c: Int) -> Int { max(a, max(b, c)) }
