# Enlarges [[1, 2], [3, 4]] to 4x4, and compares with what PyTorch's documentation prints for torch.nn.Upsample.
#
#   ruby upsample.rb [PATH OF THE LIBRARY]
require "fiddle/import"

module Resample
  extend Fiddle::Importer
  dlload ARGV[0] || ENV["RESAMPLE_LIBRARY"] || "libresample.so.0"

  ABI_VERSION = 0
  MODE_NEAREST, MODE_BILINEAR = 0, 3
  ALIGN_CORNERS_FALSE, ALIGN_CORNERS_TRUE = 1, 2
  # rsmp_dtype {RSMP_FLOAT, 32, 1}. Fiddle passes no structure by value: its four bytes go as the number that they are.
  FLOAT32 = [2, 32, 1].pack("CCS").unpack1("L")

  Message = struct ["int32_t status", "char message[252]"]
  Tensor = struct [
    "void *data", "int32_t device_type", "int32_t device_id", "int32_t ndim", "uint32_t dtype",
    "int64_t *shape", "int64_t *strides", "uint64_t byte_offset"
  ]
  InterpolateOptions = struct [
    "uint32_t struct_size", "int32_t mode", "int32_t align_corners", "int32_t antialias",
    "int32_t recompute_scale_factor", "int32_t size_count", "int32_t scale_factor_count", "int32_t clamp",
    "int64_t size[3]", "double scale_factor[3]", "double clamp_low", "double clamp_high",
    "int64_t region_start[3]", "int64_t region_stop[3]"
  ]

  extern "uint32_t rsmp_abi_version()"
  extern "int32_t rsmp_interpolate_shape(int32_t, void *, uint32_t, void *, void *, void *)"
  extern "int32_t rsmp_interpolate(void *, void *, void *, void *)"

  raise "the library has another ABI version" unless rsmp_abi_version == ABI_VERSION

  class Error < StandardError; end

  # Calls a function of the library; what it refuses is raised with its message.
  def self.call(function, *arguments)
    zeroed(Message) do |error|
      next if send(function, *arguments, error) == 0
      raise Error, error.message.pack("c*").unpack1("Z*").force_encoding("UTF-8")
    end
  end

  # A structure of zeros, there for the block. Fiddle's memory is not zero by itself.
  def self.zeroed(structure)
    structure.malloc(Fiddle::RUBY_FREE) do |value|
      value.to_ptr[0, structure.size] = "\0" * structure.size
      yield value
    end
  end

  # A contiguous image; samples and shape are strings of bytes that outlive the block.
  def self.tensor(samples, shape)
    zeroed(Tensor) do |tensor|
      tensor.data, tensor.shape = Fiddle::Pointer[samples], Fiddle::Pointer[shape]
      tensor.ndim, tensor.dtype = 4, FLOAT32
      yield tensor
    end
  end

  # The rows of an image (an array of rows) enlarged to twice its size.
  def self.upsample(image, mode, align_corners)
    samples = image.flatten.pack("f*")
    shape = [1, 1, image.size, image[0].size].pack("q*")
    zeroed(InterpolateOptions) do |options|
      options.struct_size = InterpolateOptions.size
      options.mode, options.align_corners = mode, align_corners
      options.scale_factor_count, options.scale_factor = 2, [2, 2, 0]

      enlarged_shape = "\0" * shape.bytesize
      call(:rsmp_interpolate_shape, 4, shape, FLOAT32, options, enlarged_shape)
      sizes = enlarged_shape.unpack("q*")
      enlarged = "\0" * (4 * sizes.inject(:*))
      tensor(samples, shape) do |input|
        tensor(enlarged, enlarged_shape) { |output| call(:rsmp_interpolate, input, options, output) }
      end
      enlarged.unpack("f*").each_slice(sizes.last).to_a
    end
  end
end

# From PyTorch's documentation, which prints four decimals.
documented = {
  "False" => [Resample::ALIGN_CORNERS_FALSE, [
    [1.0, 1.25, 1.75, 2.0],
    [1.5, 1.75, 2.25, 2.5],
    [2.5, 2.75, 3.25, 3.5],
    [3.0, 3.25, 3.75, 4.0]
  ]],
  "True" => [Resample::ALIGN_CORNERS_TRUE, [
    [1.0, 1.3333, 1.6667, 2.0],
    [1.6667, 2.0, 2.3333, 2.6667],
    [2.3333, 2.6667, 3.0, 3.3333],
    [3.0, 3.3333, 3.6667, 4.0]
  ]]
}
image = [[1, 2], [3, 4]]

documented.each do |name, (align_corners, table)|
  puts "bilinear x2, align_corners=#{name}"
  Resample.upsample(image, Resample::MODE_BILINEAR, align_corners).each_with_index do |row, y|
    puts row.map { |value| format("%.4f", value) }.join(" ")
    row.each_with_index do |value, x|
      abort "row #{y}, column #{x}: documented is #{table[y][x]}" unless (value - table[y][x]).abs <= 0.00006
    end
  end
end

# What PyTorch refuses is refused here too.
begin
  Resample.upsample(image, Resample::MODE_NEAREST, Resample::ALIGN_CORNERS_TRUE)
  abort "nearest took align_corners"
rescue Resample::Error => error
  puts "nearest x2, align_corners=True: #{error.message}"
end
