// Enlarges {{1, 2}, {3, 4}} to 4x4, and compares with what PyTorch's documentation prints for torch.nn.Upsample.
//
//   mcs Upsample.cs && LD_LIBRARY_PATH=FOLDER mono Upsample.exe     (or a .NET project with this file)
//
// FOLDER has libresample.so.0.
using System;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

enum Mode { Nearest = 0, NearestExact, Linear, Bilinear, Trilinear, Bicubic, Area, Lanczos }

enum AlignCorners { NotGiven = 0, False, True }

/// What the library refuses.
class ResampleException : Exception {
  public ResampleException(string message) : base(message) { }
}

static class Resample {
  public const uint AbiVersion = 0;
  const string Library = "libresample.so.0";
  const int MessageSize = 252;

  [StructLayout(LayoutKind.Sequential)]
  public struct Dtype {
    public byte Code, Bits;
    public ushort Lanes;
  }

  [StructLayout(LayoutKind.Sequential)]
  struct Tensor {
    public IntPtr Data;
    public int DeviceType, DeviceId, Ndim;
    public Dtype Dtype;
    public IntPtr Shape, Strides; // no strides: contiguous
    public ulong ByteOffset;
  }

  [StructLayout(LayoutKind.Sequential)]
  public struct InterpolateOptions {
    public int StructSize;
    public Mode Mode;
    public AlignCorners AlignCorners;
    public int Antialias, RecomputeScaleFactor, SizeCount, ScaleFactorCount, Clamp;
    [MarshalAs(UnmanagedType.ByValArray, SizeConst = 3)] public long[] Size;
    [MarshalAs(UnmanagedType.ByValArray, SizeConst = 3)] public double[] ScaleFactor;
    public double ClampLow, ClampHigh;
    [MarshalAs(UnmanagedType.ByValArray, SizeConst = 3)] public long[] RegionStart;
    [MarshalAs(UnmanagedType.ByValArray, SizeConst = 3)] public long[] RegionStop;
  }

  [StructLayout(LayoutKind.Sequential)]
  struct Error {
    public int Status;
    [MarshalAs(UnmanagedType.ByValArray, SizeConst = MessageSize)] public byte[] Message;
  }

  [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
  public static extern uint rsmp_abi_version();

  [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
  static extern int rsmp_interpolate_shape(int ndim, long[] shape, Dtype dtype, ref InterpolateOptions options,
                                           [Out] long[] outputShape, out Error error);

  [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
  static extern int rsmp_interpolate(ref Tensor input, ref InterpolateOptions options, ref Tensor output,
                                     out Error error);

  static readonly Dtype Float32 = new Dtype { Code = 2, Bits = 32, Lanes = 1 };

  static void Check(int status, Error error) {
    if (status != 0) {
      throw new ResampleException(Encoding.UTF8.GetString(error.Message, 0, Array.IndexOf(error.Message, (byte)0)));
    }
  }

  static Tensor ImageAt(GCHandle samples, GCHandle shape) {
    return new Tensor {
      Data = samples.AddrOfPinnedObject(), Ndim = 4, Dtype = Float32, Shape = shape.AddrOfPinnedObject()
    };
  }

  /// The image enlarged to twice its size.
  public static float[,] Upsample(float[,] image, Mode mode, AlignCorners alignCorners) {
    var options = new InterpolateOptions {
      StructSize = Marshal.SizeOf(typeof(InterpolateOptions)),
      Mode = mode,
      AlignCorners = alignCorners,
      ScaleFactorCount = 2,
      ScaleFactor = new double[] { 2, 2, 0 }
    };
    Error error;
    var shape = new long[] { 1, 1, image.GetLength(0), image.GetLength(1) };
    var enlargedShape = new long[4];
    Check(rsmp_interpolate_shape(4, shape, Float32, ref options, enlargedShape, out error), error);

    // The tensors only say where the arrays are: these may not be moved until the call has returned.
    var enlarged = new float[enlargedShape[2], enlargedShape[3]];
    var pinned = Array.ConvertAll(new object[] { image, shape, enlarged, enlargedShape },
                                  array => GCHandle.Alloc(array, GCHandleType.Pinned));
    try {
      Tensor input = ImageAt(pinned[0], pinned[1]), output = ImageAt(pinned[2], pinned[3]);
      Check(rsmp_interpolate(ref input, ref options, ref output, out error), error);
    } finally {
      foreach (var handle in pinned) handle.Free();
    }
    return enlarged;
  }
}

static class Program {
  static int Fail(string message) {
    Console.Error.WriteLine(message);
    return 1;
  }

  static int Main() {
    CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
    if (Resample.rsmp_abi_version() != Resample.AbiVersion) return Fail("the library has another ABI version");
    var image = new float[,] { { 1, 2 }, { 3, 4 } };

    // From PyTorch's documentation, which prints four decimals.
    var documented = new[] {
      Tuple.Create(AlignCorners.False, new[,] {
        { 1.0, 1.25, 1.75, 2.0 },
        { 1.5, 1.75, 2.25, 2.5 },
        { 2.5, 2.75, 3.25, 3.5 },
        { 3.0, 3.25, 3.75, 4.0 }
      }),
      Tuple.Create(AlignCorners.True, new[,] {
        { 1.0, 1.3333, 1.6667, 2.0 },
        { 1.6667, 2.0, 2.3333, 2.6667 },
        { 2.3333, 2.6667, 3.0, 3.3333 },
        { 3.0, 3.3333, 3.6667, 4.0 }
      })
    };
    foreach (var expected in documented) {
      Console.WriteLine("bilinear x2, align_corners={0}", expected.Item1);
      float[,] enlarged = Resample.Upsample(image, Mode.Bilinear, expected.Item1);
      for (int y = 0; y < 4; y++) {
        Console.WriteLine("{0:F4} {1:F4} {2:F4} {3:F4}", enlarged[y, 0], enlarged[y, 1], enlarged[y, 2],
                          enlarged[y, 3]);
        for (int x = 0; x < 4; x++) {
          double value = expected.Item2[y, x];
          if (!(Math.Abs(enlarged[y, x] - value) <= 0.00006)) {
            return Fail(string.Format("row {0}, column {1}: documented is {2}", y, x, value));
          }
        }
      }
    }

    // What PyTorch refuses is refused here too.
    try {
      Resample.Upsample(image, Mode.Nearest, AlignCorners.True);
      return Fail("nearest took align_corners");
    } catch (ResampleException refusal) {
      Console.WriteLine("nearest x2, align_corners=True: {0}", refusal.Message);
      return 0;
    }
  }
}
