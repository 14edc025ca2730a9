# Enlarges [[1, 2], [3, 4]] to 4x4, and compares with what PyTorch's documentation prints for torch.nn.Upsample.
#
#   perl upsample.pl [PATH OF THE LIBRARY]     (with FFI::Platypus)
use v5.20;
use warnings;

use FFI::Platypus 2.00;
use FFI::Platypus::Buffer qw(grow scalar_to_pointer);

# From swiftresample.h.
use constant { ABI_VERSION => 0, FLOAT => 2 };
use constant { MODE_NEAREST => 0, MODE_BILINEAR => 3 };
use constant { ALIGN_CORNERS_FALSE => 1, ALIGN_CORNERS_TRUE => 2 };

package Dtype {
    use FFI::Platypus::Record;
    record_layout_1(uint8 => "code", uint8 => "bits", uint16 => "lanes");
}

package Tensor {
    use FFI::Platypus::Record;
    # Records do not nest: the fields of device and dtype stand here themselves.
    record_layout_1(
        opaque => "data", sint32 => "device_type", sint32 => "device_id", sint32 => "ndim",
        uint8 => "code", uint8 => "bits", uint16 => "lanes",
        opaque => "shape", opaque => "strides", uint64 => "byte_offset",
    );
}

package InterpolateOptions {
    use FFI::Platypus::Record;
    record_layout_1(
        uint32 => "struct_size", sint32 => "mode", sint32 => "align_corners", sint32 => "antialias",
        sint32 => "recompute_scale_factor", sint32 => "size_count", sint32 => "scale_factor_count", sint32 => "clamp",
        "sint64[3]" => "size", "double[3]" => "scale_factor", double => "clamp_low", double => "clamp_high",
        "sint64[3]" => "region_start", "sint64[3]" => "region_stop",
    );
}

package Message {
    use FFI::Platypus::Record;
    record_layout_1(sint32 => "status", "string(252)" => "message");
}

my $ffi = FFI::Platypus->new(api => 2, lib => $ARGV[0] // $ENV{RESAMPLE_LIBRARY} // "libresample.so.0");
$ffi->type("record($_)" => $_) for qw(Dtype Tensor InterpolateOptions Message);
$ffi->attach(rsmp_abi_version => [] => "uint32");
$ffi->attach(rsmp_interpolate_shape => [qw(sint32 opaque Dtype InterpolateOptions* opaque Message*)] => "sint32");
$ffi->attach(rsmp_interpolate => [qw(Tensor* InterpolateOptions* Tensor* Message*)] => "sint32");

# Calls a function of the library, and dies with its message when it refuses.
sub call {
    my ($function, @arguments) = @_;
    my $error = Message->new;
    die $error->message =~ s/\0.*//sr . "\n" if $function->(@arguments, $error) != 0;
}

# A contiguous image; samples and shape are strings of bytes. The tensor only says where they are. A string that is
# written comes from grow, so that its bytes are no other string's as well.
sub tensor {
    my ($samples, $shape) = @_;
    return Tensor->new(
        data => scalar_to_pointer($$samples), ndim => 4, code => FLOAT, bits => 32, lanes => 1,
        shape => scalar_to_pointer($$shape),
    );
}

# The rows of an image (an array of rows) enlarged to twice its size.
sub upsample {
    my ($image, $mode, $align_corners) = @_;
    my $options = InterpolateOptions->new(
        struct_size => $ffi->sizeof("InterpolateOptions"), mode => $mode, align_corners => $align_corners,
        scale_factor_count => 2, scale_factor => [2, 2, 0],
    );
    my $samples = pack "f*", map { @$_ } @$image;
    my $shape = pack "q4", 1, 1, scalar @$image, scalar @{$image->[0]};
    grow(my $enlarged_shape, length $shape);
    call(\&rsmp_interpolate_shape, 4, scalar_to_pointer($shape), Dtype->new(code => FLOAT, bits => 32, lanes => 1),
        $options, scalar_to_pointer($enlarged_shape));

    my (undef, undef, $height, $width) = unpack "q4", $enlarged_shape;
    grow(my $enlarged, 4 * $height * $width);
    call(\&rsmp_interpolate, tensor(\$samples, \$shape), $options, tensor(\$enlarged, \$enlarged_shape));
    return map { [unpack "f$width", substr $enlarged, 4 * $width * $_, 4 * $width] } 0 .. $height - 1;
}

die "the library has another ABI version\n" if rsmp_abi_version() != ABI_VERSION;
my $image = [[1, 2], [3, 4]];

# From PyTorch's documentation, which prints four decimals.
my @documented = (
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
);
for (@documented) {
    my ($name, $align_corners, $table) = @$_;
    say "bilinear x2, align_corners=$name";
    my @rows = upsample($image, MODE_BILINEAR, $align_corners);
    for my $y (0 .. $#$table) {
        say join " ", map { sprintf "%.4f", $_ } @{$rows[$y]};
        for my $x (0 .. $#{$table->[$y]}) {
            next if abs($rows[$y][$x] - $table->[$y][$x]) <= 0.00006;
            print STDERR "row $y, column $x: documented is $table->[$y][$x]\n";
            exit 1;
        }
    }
}

# What PyTorch refuses is refused here too.
if (eval { upsample($image, MODE_NEAREST, ALIGN_CORNERS_TRUE); 1 }) {
    print STDERR "nearest took align_corners\n";
    exit 1;
}
print "nearest x2, align_corners=True: $@";
