import CShims

/// The thread's way to compute: whatever the host has made of it, the library rounds to nearest, keeps denormals, and
/// has no traps.
package struct FloatingPoint {
  private let before: UInt64

  /// Sets the default. To be ended by `restore()`.
  package init() {
    before = rsk_floating_point()
    if rsk_floating_point_is_default(before) == 0 { rsk_set_floating_point(UInt64(RSK_FLOATING_POINT_DEFAULT)) }
  }

  /// Sets what there was before.
  package func restore() {
    if rsk_floating_point_is_default(before) == 0 { rsk_set_floating_point(before) }
  }
}
