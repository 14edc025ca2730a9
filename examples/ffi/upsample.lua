-- Enlarges {{1, 2}, {3, 4}} to 4x4, and compares with what PyTorch's documentation prints for torch.nn.Upsample.
--
--   luajit upsample.lua [PATH OF THE LIBRARY]
local ffi = require("ffi")

-- From swiftresample.h.
ffi.cdef [[
  enum { RSMP_ABI_VERSION = 0, RSMP_OK = 0, RSMP_FLOAT = 2 };
  enum { RSMP_MODE_NEAREST = 0, RSMP_MODE_BILINEAR = 3 };
  enum { RSMP_ALIGN_CORNERS_FALSE = 1, RSMP_ALIGN_CORNERS_TRUE = 2 };
  typedef struct { int32_t status; char message[252]; } rsmp_error;
  typedef struct { uint8_t code, bits; uint16_t lanes; } rsmp_dtype;
  typedef struct { int32_t type, id; } rsmp_device;
  typedef struct {
    void *data; rsmp_device device; int32_t ndim; rsmp_dtype dtype;
    int64_t *shape, *strides; uint64_t byte_offset;
  } rsmp_tensor;
  typedef struct {
    uint32_t struct_size;
    int32_t mode, align_corners, antialias, recompute_scale_factor, size_count, scale_factor_count, clamp;
    int64_t size[3]; double scale_factor[3], clamp_low, clamp_high;
    int64_t region_start[3], region_stop[3];
  } rsmp_interpolate_options;
  uint32_t rsmp_abi_version(void);
  int32_t rsmp_interpolate_shape(int32_t ndim, const int64_t *shape, rsmp_dtype dtype,
    const rsmp_interpolate_options *options, int64_t *output_shape, rsmp_error *error);
  int32_t rsmp_interpolate(const rsmp_tensor *input, const rsmp_interpolate_options *options,
    const rsmp_tensor *output, rsmp_error *error);
]]

local C = ffi.C -- the constants
local resample = ffi.load(arg[1] or os.getenv("RESAMPLE_LIBRARY") or "libresample.so.0")
assert(resample.rsmp_abi_version() == C.RSMP_ABI_VERSION, "the library has another ABI version")

local FLOAT32 = ffi.new("rsmp_dtype", C.RSMP_FLOAT, 32, 1)

-- Calls a function of the library; what it refuses becomes a Lua error with its message.
local function call(name, ...)
  local failure = ffi.new("rsmp_error")
  local arguments = { ... }
  arguments[#arguments + 1] = failure
  if resample[name](unpack(arguments)) ~= C.RSMP_OK then error(ffi.string(failure.message), 0) end
end

-- A tensor only says where samples and shape are: both have to be held by somebody as long as it is in use.
local function tensor(samples, shape)
  -- strides NULL: contiguous
  return ffi.new("rsmp_tensor", { data = samples, ndim = 4, dtype = FLOAT32, shape = shape })
end

-- The rows of a 2x2 image enlarged to twice its size.
local function upsample(image, mode, align_corners)
  local options = ffi.new("rsmp_interpolate_options", {
    struct_size = ffi.sizeof("rsmp_interpolate_options"),
    mode = mode,
    align_corners = align_corners,
    scale_factor_count = 2,
    scale_factor = { 2, 2 },
  })
  local samples = ffi.new("float[4]", image[1][1], image[1][2], image[2][1], image[2][2])
  local shape, enlarged_shape = ffi.new("int64_t[4]", 1, 1, 2, 2), ffi.new("int64_t[4]")
  call("rsmp_interpolate_shape", 4, shape, FLOAT32, options, enlarged_shape)

  local height, width = tonumber(enlarged_shape[2]), tonumber(enlarged_shape[3])
  local enlarged = ffi.new("float[?]", height * width)
  call("rsmp_interpolate", tensor(samples, shape), options, tensor(enlarged, enlarged_shape))

  local rows = {}
  for y = 1, height do
    rows[y] = {}
    for x = 1, width do rows[y][x] = enlarged[(y - 1) * width + x - 1] end
  end
  return rows
end

-- From PyTorch's documentation, which prints four decimals.
local documented = {
  {
    name = "False",
    align_corners = C.RSMP_ALIGN_CORNERS_FALSE,
    { 1.0, 1.25, 1.75, 2.0 },
    { 1.5, 1.75, 2.25, 2.5 },
    { 2.5, 2.75, 3.25, 3.5 },
    { 3.0, 3.25, 3.75, 4.0 },
  },
  {
    name = "True",
    align_corners = C.RSMP_ALIGN_CORNERS_TRUE,
    { 1.0, 1.3333, 1.6667, 2.0 },
    { 1.6667, 2.0, 2.3333, 2.6667 },
    { 2.3333, 2.6667, 3.0, 3.3333 },
    { 3.0, 3.3333, 3.6667, 4.0 },
  },
}
local image = { { 1, 2 }, { 3, 4 } }

for _, table in ipairs(documented) do
  print("bilinear x2, align_corners=" .. table.name)
  local rows = upsample(image, C.RSMP_MODE_BILINEAR, table.align_corners)
  for y, row in ipairs(rows) do
    print(("%.4f %.4f %.4f %.4f"):format(unpack(row)))
    for x, value in ipairs(row) do
      if not (math.abs(value - table[y][x]) <= 0.00006) then
        io.stderr:write(("row %d, column %d: documented is %.4f\n"):format(y - 1, x - 1, table[y][x]))
        os.exit(1)
      end
    end
  end
end

-- What PyTorch refuses is refused here too.
local accepted, message = pcall(upsample, image, C.RSMP_MODE_NEAREST, C.RSMP_ALIGN_CORNERS_TRUE)
assert(not accepted, "nearest took align_corners")
print("nearest x2, align_corners=True: " .. message)
