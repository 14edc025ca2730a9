//! Two photographs as a network reads them: the shorter edge 256, the middle 224 x 224, normalised, channels first.
//!
//!   rustc -L FOLDER preprocess.rs && LD_LIBRARY_PATH=FOLDER ./preprocess
//!
//! FOLDER has libresample.so, which the linker looks for, and libresample.so.0, which the program loads.
use std::ffi::{c_char, c_void, CStr};
use std::fmt;
use std::process::exit;
use std::ptr;

const ABI_VERSION: u32 = 0;
const UINT8: Dtype = Dtype { code: 1, bits: 8, lanes: 1 };
const FLOAT32: Dtype = Dtype { code: 2, bits: 32, lanes: 1 };
const MODE_BILINEAR: i32 = 3;
const RESIZE_SHORTEST_EDGE: i32 = 2;
const CANVAS_CROP: i32 = 1;
const ANCHOR_CENTER: i32 = 1;
const ARITHMETIC_QUOTIENT: i32 = 2;

#[repr(C)]
#[derive(Clone, Copy, Default)]
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
#[derive(Clone, Copy, Default)]
struct PreprocessOptions {
    struct_size: u32,
    convention: i32,
    mode: i32,
    antialias: i32,
    resize: i32,
    edge_rounding: i32,
    canvas: i32,
    anchor: i32,
    alpha: i32,
    border: i32,
    channels: i32,
    reverse_channels: i32,
    channels_last: i32,
    arithmetic: i32,
    normalize: i32,
    dtype: Dtype, // zeros: float32
    height: i64,
    width: i64,
    shortest_edge: i64,
    longest_edge: i64,
    edge_multiple: i64,
    canvas_height: i64,
    canvas_width: i64,
    canvas_multiple: i64,
    top: i64,
    left: i64,
    rescale: f64,
    mean: [f64; 3],
    std: [f64; 3],
    fill: [f64; 3],
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

/// What the library made of the options: rsmp_preprocess.
type Handle = *mut c_void;

#[link(name = "resample")]
extern "C" {
    fn rsmp_abi_version() -> u32;
    fn rsmp_preprocess_create(options: *const PreprocessOptions, handle: *mut Handle, error: *mut Error) -> i32;
    fn rsmp_preprocess_output_shape(
        handle: Handle,
        count: i64,
        images: *const Tensor,
        output_shape: *mut i64,
        error: *mut Error,
    ) -> i32;
    fn rsmp_preprocess_execute(
        handle: Handle,
        count: i64,
        images: *const Tensor,
        output: *const Tensor,
        error: *mut Error,
    ) -> i32;
    fn rsmp_preprocess_destroy(handle: Handle);
}

/// Calls the library with an error of its own.
fn call(function: impl FnOnce(*mut Error) -> i32) -> Result<(), Error> {
    let mut error = Error { status: 0, message: [0; 252] };
    match function(&mut error) {
        0 => Ok(()),
        _ => Err(error),
    }
}

/// A contiguous array. The tensor only says where the elements are: they and the shape have to outlive it.
fn tensor(data: *mut c_void, dtype: Dtype, shape: &[i64]) -> Tensor {
    Tensor {
        data,
        device: [0; 2],
        ndim: shape.len() as i32,
        dtype,
        shape: shape.as_ptr(),
        strides: ptr::null(),
        byte_offset: 0,
    }
}

/// Rows of RGB, as decoders give them.
struct Image {
    shape: [i64; 3],
    levels: Vec<u8>,
}

impl Image {
    fn photograph(height: i64, width: i64) -> Image {
        let level = |y, x, c: i64| ((2 * x + (c + 1) * y) % 256) as u8;
        let row = |y| (0..width).flat_map(move |x| (0..3).map(move |c| level(y, x, c)));
        Image { shape: [height, width, 3], levels: (0..height).flat_map(row).collect() }
    }
}

/// How images become a network's input. Nothing changes it: any threads may use it at once.
struct Preprocess(Handle);

unsafe impl Send for Preprocess {}
unsafe impl Sync for Preprocess {}

impl Preprocess {
    fn new(options: &PreprocessOptions) -> Result<Preprocess, Error> {
        let mut handle = ptr::null_mut();
        call(|error| unsafe { rsmp_preprocess_create(options, &mut handle, error) })?;
        Ok(Preprocess(handle))
    }

    /// One batch of images of any sizes, and its shape.
    fn batch(&self, images: &[Image]) -> Result<(Vec<f32>, [i64; 4]), Error> {
        let tensors: Vec<Tensor> =
            images.iter().map(|image| tensor(image.levels.as_ptr() as *mut c_void, UINT8, &image.shape)).collect();
        let (count, first) = (tensors.len() as i64, tensors.as_ptr());
        let mut shape = [0; 4];
        call(|error| unsafe { rsmp_preprocess_output_shape(self.0, count, first, shape.as_mut_ptr(), error) })?;
        let mut samples = vec![0f32; shape.iter().product::<i64>() as usize];
        let output = tensor(samples.as_mut_ptr() as *mut c_void, FLOAT32, &shape);
        call(|error| unsafe { rsmp_preprocess_execute(self.0, count, first, &output, error) })?;
        Ok((samples, shape))
    }
}

impl Drop for Preprocess {
    fn drop(&mut self) {
        unsafe { rsmp_preprocess_destroy(self.0) }
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
    // What swiftresample preprocess --c prints for a configuration; the rest is zero.
    let options = PreprocessOptions {
        struct_size: size_of::<PreprocessOptions>() as u32,
        mode: MODE_BILINEAR,
        antialias: 1,
        resize: RESIZE_SHORTEST_EDGE,
        canvas: CANVAS_CROP,
        anchor: ANCHOR_CENTER,
        channels: 3,
        arithmetic: ARITHMETIC_QUOTIENT,
        normalize: 1,
        shortest_edge: 256,
        canvas_height: 224,
        canvas_width: 224,
        rescale: 0.00392156862745098,
        mean: [0.485, 0.456, 0.406],
        std: [0.229, 0.224, 0.225],
        ..Default::default()
    };
    let images = [Image::photograph(480, 640), Image::photograph(300, 200)];
    let (samples, shape) = Preprocess::new(&options)
        .and_then(|preprocess| preprocess.batch(&images))
        .unwrap_or_else(|error| fail(error));
    println!("batch of {}", shape.map(|length| length.to_string()).join(" x "));
    println!("first {:.4}, last {:.4}", samples[0], samples[samples.len() - 1]);
    // Of the bits of each sample: Java's Arrays.hashCode.
    let checksum = samples.iter().fold(1u32, |sum, sample| sum.wrapping_mul(31).wrapping_add(sample.to_bits()));
    println!("checksum {checksum:08x}");

    // What makes no sense is refused.
    match Preprocess::new(&PreprocessOptions { std: [0.0, 0.224, 0.225], ..options }) {
        Ok(_) => fail("a std of 0 was taken"),
        Err(error) => println!("std 0: {error}"),
    }
}
