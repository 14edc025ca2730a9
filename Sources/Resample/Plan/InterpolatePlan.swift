import CShims
import ResampleGeometry

/// Everything about one resampling that does not depend on the samples. It never changes once made.
package struct InterpolatePlan: ~Copyable {
  package let request: InterpolateRequest
  let kernels: rsk_table
  /// Depth, height, width; axes that the input does not have are identities.
  private let axes: UnsafeMutablePointer<AxisTaps>
  private static let dimensions = 3
  private static let width = 2

  init(_ request: InterpolateRequest, _ instructionSet: InstructionSet) throws(ResampleError) {
    let memory = try Owned<AxisTaps>.allocate(count: InterpolatePlan.dimensions)
    let kernels = instructionSet.kernels
    var made = 0
    do throws(ResampleError) {
      while made < InterpolatePlan.dimensions {
        let axis = request.axis(ofDimension: made)
        let isWidth = made == InterpolatePlan.width
        let arithmetic = request.format?.arithmetic
        if request.isBackward, let arithmetic {
          (memory + made).initialize(to: try AxisTaps(transposing: axis, arithmetic, isAlongRows: isWidth))
        } else {
          (memory + made).initialize(
            to: try AxisTaps(
              axis, arithmetic, isAlongRows: isWidth,
              hasByteWeights: isWidth && arithmetic == .fixedPoint && kernels.fixed_point.most_expanded > 0))
        }
        made += 1
      }
    } catch {
      Owned.destroy(memory, count: made)
      throw error
    }
    self.request = request
    self.kernels = kernels
    axes = memory
  }

  deinit { Owned.destroy(axes, count: InterpolatePlan.dimensions) }

  /// The taps of depth (0), height (1) or width (2). The address is good as long as the plan.
  package func axis(ofDimension dimension: Int) -> UnsafePointer<AxisTaps> {
    precondition(dimension >= 0 && dimension < InterpolatePlan.dimensions)
    return UnsafePointer(axes + dimension)
  }

  /// The dimension that is spatial axis `index`, or nil where there is no such axis.
  package func dimension(ofSpatialAxis index: Int) -> Int? {
    let rank = request.inputShape.spatialRank
    return index >= 0 && index < rank ? InterpolatePlan.dimensions - rank + index : nil
  }
}
