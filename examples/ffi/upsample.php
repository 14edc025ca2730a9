<?php
// Enlarges [[1, 2], [3, 4]] to 4x4, and compares with what PyTorch's documentation prints for torch.nn.Upsample.
//
//   php -d ffi.enable=1 upsample.php [PATH OF THE LIBRARY]

const ABI_VERSION = 0;
const FLOAT = 2;
const MODE_NEAREST = 0;
const MODE_BILINEAR = 3;
const ALIGN_CORNERS_FALSE = 1;
const ALIGN_CORNERS_TRUE = 2;

$path = $argv[1] ?? (getenv("RESAMPLE_LIBRARY") ?: "libresample.so.0");

// From swiftresample.h. One by one: PHP's parser takes the b of "double a[3], b" for an array as well.
$resample = FFI::cdef(<<<'C'
    typedef struct { int32_t status; char message[252]; } rsmp_error;
    typedef struct { uint8_t code, bits; uint16_t lanes; } rsmp_dtype;
    typedef struct { int32_t type, id; } rsmp_device;
    typedef struct {
      void *data; rsmp_device device; int32_t ndim; rsmp_dtype dtype;
      int64_t *shape; int64_t *strides; uint64_t byte_offset;
    } rsmp_tensor;
    typedef struct {
      uint32_t struct_size;
      int32_t mode, align_corners, antialias, recompute_scale_factor, size_count, scale_factor_count, clamp;
      int64_t size[3]; double scale_factor[3]; double clamp_low; double clamp_high;
      int64_t region_start[3]; int64_t region_stop[3];
    } rsmp_interpolate_options;
    uint32_t rsmp_abi_version(void);
    int32_t rsmp_interpolate_shape(int32_t ndim, const int64_t *shape, rsmp_dtype dtype,
      const rsmp_interpolate_options *options, int64_t *output_shape, rsmp_error *error);
    int32_t rsmp_interpolate(const rsmp_tensor *input, const rsmp_interpolate_options *options,
      const rsmp_tensor *output, rsmp_error *error);
    C, $path);

class ResampleException extends Exception {}

/** Calls a function of the library; what it refuses becomes an exception with its message. */
function call(string $function, ...$arguments): void
{
    global $resample;
    $error = $resample->new("rsmp_error");
    if ($resample->$function(...$arguments, ...[FFI::addr($error)]) !== 0) {
        throw new ResampleException(FFI::string($error->message));
    }
}

/** An array of C's with these numbers. */
function numbers(string $type, array $values): FFI\CData
{
    $result = FFI::new("{$type}[" . count($values) . "]");
    foreach ($values as $index => $value) {
        $result[$index] = $value;
    }
    return $result;
}

/** A contiguous image. The tensor only says where samples and shape are: PHP does not know that it needs them. */
function tensor(FFI\CData $samples, FFI\CData $shape): FFI\CData
{
    global $resample;
    $tensor = $resample->new("rsmp_tensor"); // zeros: strides NULL, contiguous
    $tensor->data = FFI::cast("void *", FFI::addr($samples));
    $tensor->ndim = 4;
    $tensor->dtype = dtype();
    $tensor->shape = FFI::addr($shape[0]);
    return $tensor;
}

function dtype(): FFI\CData
{
    global $resample;
    $dtype = $resample->new("rsmp_dtype");
    [$dtype->code, $dtype->bits, $dtype->lanes] = [FLOAT, 32, 1];
    return $dtype;
}

/** The rows of an image enlarged to twice its size. */
function upsample(array $image, int $mode, int $alignCorners): array
{
    global $resample;
    $options = $resample->new("rsmp_interpolate_options");
    $options->struct_size = FFI::sizeof($options);
    $options->mode = $mode;
    $options->align_corners = $alignCorners;
    $options->scale_factor_count = 2;
    $options->scale_factor[0] = $options->scale_factor[1] = 2;

    $samples = numbers("float", array_merge(...$image));
    $shape = numbers("int64_t", [1, 1, count($image), count($image[0])]);
    $enlargedShape = FFI::new("int64_t[4]");
    call("rsmp_interpolate_shape", 4, $shape, dtype(), FFI::addr($options), $enlargedShape);

    [$height, $width] = [$enlargedShape[2], $enlargedShape[3]];
    $enlarged = FFI::new("float[" . $height * $width . "]");
    [$input, $output] = [tensor($samples, $shape), tensor($enlarged, $enlargedShape)];
    call("rsmp_interpolate", FFI::addr($input), FFI::addr($options), FFI::addr($output));

    $values = [];
    foreach ($enlarged as $value) {
        $values[] = $value;
    }
    return array_chunk($values, $width);
}

function fail(string $message): never
{
    fwrite(STDERR, "$message\n");
    exit(1);
}

if ($resample->rsmp_abi_version() !== ABI_VERSION) {
    fail("the library has another ABI version");
}
$image = [[1, 2], [3, 4]];

// From PyTorch's documentation, which prints four decimals.
$documented = [
    ["False", ALIGN_CORNERS_FALSE, [
        [1.0, 1.25, 1.75, 2.0],
        [1.5, 1.75, 2.25, 2.5],
        [2.5, 2.75, 3.25, 3.5],
        [3.0, 3.25, 3.75, 4.0],
    ]],
    ["True", ALIGN_CORNERS_TRUE, [
        [1.0, 1.3333, 1.6667, 2.0],
        [1.6667, 2.0, 2.3333, 2.6667],
        [2.3333, 2.6667, 3.0, 3.3333],
        [3.0, 3.3333, 3.6667, 4.0],
    ]],
];
foreach ($documented as [$name, $alignCorners, $table]) {
    echo "bilinear x2, align_corners=$name\n";
    foreach (upsample($image, MODE_BILINEAR, $alignCorners) as $y => $row) {
        vprintf("%.4F %.4F %.4F %.4F\n", $row);
        foreach ($row as $x => $value) {
            if (!(abs($value - $table[$y][$x]) <= 0.00006)) {
                fail("row $y, column $x: documented is {$table[$y][$x]}");
            }
        }
    }
}

// What PyTorch refuses is refused here too.
try {
    upsample($image, MODE_NEAREST, ALIGN_CORNERS_TRUE);
    fail("nearest took align_corners");
} catch (ResampleException $error) {
    echo "nearest x2, align_corners=True: {$error->getMessage()}\n";
}
