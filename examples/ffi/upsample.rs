//! Enlarges [[1, 2], [3, 4]] to 4x4, and compares with what PyTorch's documentation prints for torch.nn.Upsample.
//!
//!   rustc -L FOLDER upsample.rs && LD_LIBRARY_PATH=FOLDER ./upsample
//!
//! FOLDER has libresample.so, which the linker looks for, and libresample.so.0, which the program loads.
use std::ffi::{c_char, c_void, CStr};
use std::fmt;
use std::process::exit;
use std::ptr;

const ABI_VERSION: u32 = 0;
const FLOAT32: Dtype = Dtype { code: 2, bits: 32, lanes: 1 };
const MODE_NEAREST: i32 = 0;
const MODE_BILINEAR: i32 = 3;
const ALIGN_CORNERS_FALSE: i32 = 1;
const ALIGN_CORNERS_TRUE: i32 = 2;

#[repr(C)]
#[derive(Clone, Copy)]
struct Dtype {
    code: u8,
    bits: u8,
    lanes: u16,
}

#[repr(C)]
struct Tensor {
    data: *mut c_void,
    device: [i32; 2], // zeros: not stated
    ndim: i32,
    dtype: Dtype,
    shape: *const i64,
    strides: *const i64, // null: contiguous
    byte_offset: u64,
}

#[repr(C)]
#[derive(Default)]
struct InterpolateOptions {
    struct_size: u32,
    mode: i32,
    align_corners: i32,
    antialias: i32,
    recompute_scale_factor: i32,
    size_count: i32,
    scale_factor_count: i32,
    clamp: i32,
    size: [i64; 3],
    scale_factor: [f64; 3],
    clamp_low: f64,
    clamp_high: f64,
    region_start: [i64; 3],
    region_stop: [i64; 3],
}

/// What the library says when it refuses a call.
#[repr(C)]
struct Error {
    status: i32,
    message: [c_char; 252],
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let message = unsafe { CStr::from_ptr(self.message.as_ptr()) };
        formatter.write_str(&message.to_string_lossy())
    }
}

#[link(name = "resample")]
extern "C" {
    fn rsmp_abi_version() -> u32;
    fn rsmp_interpolate_shape(
        ndim: i32,
        shape: *const i64,
        dtype: Dtype,
        options: *const InterpolateOptions,
        output_shape: *mut i64,
        error: *mut Error,
    ) -> i32;
    fn rsmp_interpolate(
        input: *const Tensor,
        options: *const InterpolateOptions,
        output: *const Tensor,
        error: *mut Error,
    ) -> i32;
}

/// A contiguous image (1, 1, H, W). The tensor only says where the samples are: they and the shape have to outlive it.
fn tensor(samples: *const f32, shape: &[i64; 4]) -> Tensor {
    Tensor {
        data: samples as *mut c_void,
        device: [0; 2],
        ndim: 4,
        dtype: FLOAT32,
        shape: shape.as_ptr(),
        strides: ptr::null(),
        byte_offset: 0,
    }
}

/// The rows of a 2x2 image enlarged to twice its size.
fn upsample(image: &[f32; 4], mode: i32, align_corners: i32) -> Result<Vec<Vec<f32>>, Error> {
    let options = InterpolateOptions {
        struct_size: size_of::<InterpolateOptions>() as u32,
        mode,
        align_corners,
        scale_factor_count: 2,
        scale_factor: [2.0, 2.0, 0.0],
        ..Default::default()
    };
    let mut error = Error { status: 0, message: [0; 252] };
    let (shape, mut enlarged_shape) = ([1, 1, 2, 2], [0; 4]);
    let status = unsafe {
        rsmp_interpolate_shape(4, shape.as_ptr(), FLOAT32, &options, enlarged_shape.as_mut_ptr(), &mut error)
    };
    if status != 0 {
        return Err(error);
    }
    let mut enlarged = vec![0f32; enlarged_shape.iter().product::<i64>() as usize];
    let input = tensor(image.as_ptr(), &shape);
    let output = tensor(enlarged.as_mut_ptr(), &enlarged_shape);
    match unsafe { rsmp_interpolate(&input, &options, &output, &mut error) } {
        0 => Ok(enlarged.chunks(enlarged_shape[3] as usize).map(<[f32]>::to_vec).collect()),
        _ => Err(error),
    }
}

fn fail(message: impl fmt::Display) -> ! {
    eprintln!("{message}");
    exit(1)
}

fn main() {
    if unsafe { rsmp_abi_version() } != ABI_VERSION {
        fail("the library has another ABI version");
    }
    let image = [1.0, 2.0, 3.0, 4.0];

    // From PyTorch's documentation, which prints four decimals.
    let documented = [
        ("False", ALIGN_CORNERS_FALSE, [
            [1.0, 1.25, 1.75, 2.0],
            [1.5, 1.75, 2.25, 2.5],
            [2.5, 2.75, 3.25, 3.5],
            [3.0, 3.25, 3.75, 4.0],
        ]),
        ("True", ALIGN_CORNERS_TRUE, [
            [1.0, 1.3333, 1.6667, 2.0],
            [1.6667, 2.0, 2.3333, 2.6667],
            [2.3333, 2.6667, 3.0, 3.3333],
            [3.0, 3.3333, 3.6667, 4.0],
        ]),
    ];
    for (name, align_corners, table) in documented {
        println!("bilinear x2, align_corners={name}");
        let rows = upsample(&image, MODE_BILINEAR, align_corners).unwrap_or_else(|error| fail(error));
        for (y, row) in rows.iter().enumerate() {
            println!("{}", row.iter().map(|value| format!("{value:.4}")).collect::<Vec<_>>().join(" "));
            for (x, value) in row.iter().enumerate() {
                if !((value - table[y][x]).abs() <= 0.00006) {
                    fail(format!("row {y}, column {x}: documented is {}", table[y][x]));
                }
            }
        }
    }

    // What PyTorch refuses is refused here too.
    match upsample(&image, MODE_NEAREST, ALIGN_CORNERS_TRUE) {
        Ok(_) => fail("nearest took align_corners"),
        Err(error) => println!("nearest x2, align_corners=True: {error}"),
    }
}
