! Enlarges [[1, 2], [3, 4]] to 4x4, and compares with what PyTorch's documentation prints for torch.nn.Upsample.
!
!   gfortran upsample.f90 -L FOLDER -lresample -o upsample && LD_LIBRARY_PATH=FOLDER ./upsample
!
! FOLDER has libresample.so, which the linker looks for, and libresample.so.0, which the program loads. The first index
! of Fortran's arrays is the fastest, in C the last one: an image (H, W) of the library is an array (W, H) here.
module resample
  use, intrinsic :: iso_c_binding
  implicit none

  ! From swiftresample.h.
  integer(c_int32_t), parameter :: abi_version = 0
  integer(c_int32_t), parameter :: mode_nearest = 0, mode_bilinear = 3
  integer(c_int32_t), parameter :: align_corners_false = 1, align_corners_true = 2

  type, bind(c) :: rsmp_error
    integer(c_int32_t) :: status = 0
    character(kind=c_char) :: message(252) = c_null_char
  end type

  type, bind(c) :: rsmp_dtype
    integer(c_int8_t) :: code = 2_c_int8_t, bits = 32_c_int8_t ! float32
    integer(c_int16_t) :: lanes = 1_c_int16_t
  end type

  type, bind(c) :: rsmp_tensor
    type(c_ptr) :: data = c_null_ptr
    integer(c_int32_t) :: device_type = 0, device_id = 0, ndim = 4
    type(rsmp_dtype) :: dtype = rsmp_dtype()
    type(c_ptr) :: shape = c_null_ptr, strides = c_null_ptr ! no strides: contiguous
    integer(c_int64_t) :: byte_offset = 0
  end type

  type, bind(c) :: rsmp_interpolate_options
    integer(c_int32_t) :: struct_size = 0, mode = 0, align_corners = 0, antialias = 0
    integer(c_int32_t) :: recompute_scale_factor = 0, size_count = 0, scale_factor_count = 0, clamp = 0
    integer(c_int64_t) :: size(3) = 0
    real(c_double) :: scale_factor(3) = 0, clamp_low = 0, clamp_high = 0
    integer(c_int64_t) :: region_start(3) = 0, region_stop(3) = 0
  end type

  interface
    function rsmp_abi_version() bind(c)
      import
      integer(c_int32_t) :: rsmp_abi_version
    end function

    function rsmp_interpolate_shape(ndim, shape, dtype, options, output_shape, error) bind(c)
      import
      integer(c_int32_t), value :: ndim
      integer(c_int64_t), intent(in) :: shape(ndim)
      type(rsmp_dtype), value :: dtype
      type(rsmp_interpolate_options), intent(in) :: options
      integer(c_int64_t), intent(out) :: output_shape(ndim)
      type(rsmp_error), intent(inout) :: error
      integer(c_int32_t) :: rsmp_interpolate_shape
    end function

    function rsmp_interpolate(input, options, output, error) bind(c)
      import
      type(rsmp_tensor), intent(in) :: input, output
      type(rsmp_interpolate_options), intent(in) :: options
      type(rsmp_error), intent(inout) :: error
      integer(c_int32_t) :: rsmp_interpolate
    end function
  end interface

contains

  ! What the library says when it refuses a call.
  function message_of(error) result(message)
    type(rsmp_error), intent(in) :: error
    character(len=:), allocatable :: message
    integer :: length
    length = findloc(error%message, c_null_char, dim=1) - 1
    allocate (character(len=length) :: message)
    message = transfer(error%message(:length), message)
  end function

  ! An image (W, H) enlarged to twice its size. Not allocated where the library refuses, and `message` says why.
  subroutine upsample(image, mode, align_corners, enlarged, message)
    real(c_float), target, intent(in) :: image(:, :)
    integer(c_int32_t), intent(in) :: mode, align_corners
    real(c_float), allocatable, target, intent(out) :: enlarged(:, :)
    character(len=:), allocatable, intent(out) :: message
    integer(c_int64_t), target :: shape(4), enlarged_shape(4)
    real(c_float), allocatable, target :: samples(:, :)
    type(rsmp_interpolate_options) :: options
    type(rsmp_tensor) :: input, output
    type(rsmp_error) :: error

    options%struct_size = int(c_sizeof(options), c_int32_t)
    options%mode = mode
    options%align_corners = align_corners
    options%scale_factor_count = 2
    options%scale_factor(:2) = 2
    samples = image ! contiguous, whatever was passed
    shape = [1_c_int64_t, 1_c_int64_t, size(image, 2, c_int64_t), size(image, 1, c_int64_t)]
    if (rsmp_interpolate_shape(4, shape, rsmp_dtype(), options, enlarged_shape, error) /= 0) then
      message = message_of(error)
      return
    end if

    allocate (enlarged(enlarged_shape(4), enlarged_shape(3)))
    input%data = c_loc(samples)
    input%shape = c_loc(shape)
    output%data = c_loc(enlarged)
    output%shape = c_loc(enlarged_shape)
    if (rsmp_interpolate(input, options, output, error) /= 0) then
      message = message_of(error)
      deallocate (enlarged)
    end if
  end subroutine
end module

program main
  use, intrinsic :: iso_fortran_env, only: error_unit
  use resample
  implicit none
  real(c_float), parameter :: image(2, 2) = reshape([1.0, 2.0, 3.0, 4.0], [2, 2])
  real(c_float), allocatable :: enlarged(:, :)
  character(len=:), allocatable :: message

  if (rsmp_abi_version() /= abi_version) call fail("the library has another ABI version")

  ! From PyTorch's documentation, which prints four decimals.
  call check("False", align_corners_false, reshape([ &
    1.0, 1.25, 1.75, 2.0, &
    1.5, 1.75, 2.25, 2.5, &
    2.5, 2.75, 3.25, 3.5, &
    3.0, 3.25, 3.75, 4.0], [4, 4]))
  call check("True", align_corners_true, reshape([ &
    1.0, 1.3333, 1.6667, 2.0, &
    1.6667, 2.0, 2.3333, 2.6667, &
    2.3333, 2.6667, 3.0, 3.3333, &
    3.0, 3.3333, 3.6667, 4.0], [4, 4]))

  ! What PyTorch refuses is refused here too.
  call upsample(image, mode_nearest, align_corners_true, enlarged, message)
  if (allocated(enlarged)) call fail("nearest took align_corners")
  print "(a)", "nearest x2, align_corners=True: " // message

contains

  subroutine fail(reason)
    character(len=*), intent(in) :: reason
    write (error_unit, "(a)") reason
    stop 1, quiet=.true.
  end subroutine

  subroutine check(name, align_corners, documented)
    character(len=*), intent(in) :: name
    integer(c_int32_t), intent(in) :: align_corners
    real(c_float), intent(in) :: documented(4, 4)
    character(len=80) :: difference
    integer :: x, y
    print "(a)", "bilinear x2, align_corners=" // name
    call upsample(image, mode_bilinear, align_corners, enlarged, message)
    if (.not. allocated(enlarged)) call fail(message)
    do y = 1, 4
      print "(3(f6.4, 1x), f6.4)", enlarged(:, y)
      do x = 1, 4
        if (.not. abs(enlarged(x, y) - documented(x, y)) <= 0.00006) then
          write (difference, "(2(a, i0), a, f6.4)") &
            "row ", y - 1, ", column ", x - 1, ": documented is ", documented(x, y)
          call fail(trim(difference))
        end if
      end do
    end do
  end subroutine
end program
