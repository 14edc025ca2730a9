import CResample
import ResampleABI
import Testing

/// The sizes that programs compiled against the header rely on.
@Test func structuresHaveTheirPublishedSizes() {
  #expect(MemoryLayout<rsmp_tensor>.size == 48)
  #expect(MemoryLayout<rsmp_interpolate_options>.size == 144)
  #expect(MemoryLayout<rsmp_onnx_resize_options>.size == 344)
  #expect(MemoryLayout<rsmp_pillow_resize_options>.size == 80)
  #expect(MemoryLayout<rsmp_opencv_resize_options>.size == 48)
  #expect(MemoryLayout<rsmp_tensorflow_resize_options>.size == 40)
  #expect(MemoryLayout<rsmp_jax_resize_options>.size == 280)
  #expect(MemoryLayout<rsmp_preprocess_options>.size == 224)
  #expect(MemoryLayout<rsmp_placement>.size == 72)
  #expect(MemoryLayout<rsmp_error>.size == 256)
  #expect(MemoryLayout<rsmp_axis_info>.size == 32)
  #expect(MemoryLayout<rsmp_dtype>.size == 4)
}

@Test func versionsAgreeWithTheHeader() {
  #expect(String(cString: rsmp_version()) == RSMP_VERSION)
  #expect(rsmp_abi_version() == UInt32(RSMP_ABI_VERSION))
}
