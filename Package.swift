// swift-tools-version:6.3
import PackageDescription

// Release builds are Embedded Swift: no run-time library, a small file. Debug builds are ordinary Swift, so that the
// test targets can import the modules. RESAMPLE_EMBEDDED=0 gives ordinary Swift in release too (tests with optimisation).
let isEmbedded = Context.environment["RESAMPLE_EMBEDDED"] != "0"
// A sanitizer's own symbols are resolved when the program starts, so the library cannot be linked with -z defs.
let isSanitized = Context.environment["RESAMPLE_SANITIZE"] == "1"
/// That of the machine that the library is for. This file is compiled for the one that builds: scripts/cross_build.py.
#if arch(x86_64)
  let architecture = Context.environment["RESAMPLE_ARCHITECTURE"] ?? "x86_64"
#else
  let architecture = Context.environment["RESAMPLE_ARCHITECTURE"] ?? "aarch64"
#endif
/// It has neither threads nor an operating system.
let isWebAssembly = architecture == "wasm32"

let release: BuildSettingCondition = .when(configuration: .release)
/// The library, once stripped, is the same byte for byte wherever it was built: in its debug information the checkout is
/// ".", and it holds no hash of that (linkerFlags), nor of the compiler's intermediate code, which knows the folder.
let prefixMap = "\(Context.packageDirectory)=."
let paths = [
  "-file-prefix-map", prefixMap, "-Xcc", "-ffile-prefix-map=\(prefixMap)",
  "-Xfrontend", "-disable-incremental-llvm-codegen",
]
/// All files as one, so that the compiler knows of every function who calls it.
let oneModule = ["-Xfrontend", "-enable-single-module-llvm-emission"]
/// Instructions that stand in several places are a function where that saves so many bytes. It takes time to call one: what
/// runs for each row has few of them.
func core(outlined bytes: Int = 1) -> [SwiftSetting] {
  // Plans are large: they are borrowed where they lie, and not copied for every call.
  [.unsafeFlags(paths, release), .enableExperimentalFeature("AddressableParameters")]
    + (isEmbedded
      ? [
        .enableExperimentalFeature("Embedded", release),
        .unsafeFlags(
          [
            "-Osize", "-wmo",
            // Sections, so that the linker drops what nothing calls.
            "-Xfrontend", "-function-sections",
            "-Xllvm", "-enable-machine-outliner=always", "-Xllvm", "-outliner-benefit-threshold=\(bytes)",
            // The checks of a function share their trap: which of them failed, a debug build says.
            "-Xfrontend", "-mergeable-traps",
          ] + oneModule, release),
      ] : [])
}

/// One instruction set's build of the kernels. Kernels touch pointers and SIMD values alone, so that nothing in these
/// modules is code of the standard library that the linker could share with another instruction set. Where every processor
/// has them all they may share it: they are Embedded Swift, which is all that some targets have.
func kernels(_ name: String, march: [String] = [], mayShare: Bool = false) -> Target {
  let define = "RESAMPLE_\(name.uppercased())"
  return .target(
    name: "Kernels\(name)", dependencies: ["CShims"],
    swiftSettings: [
      // For Vectors/ and, in C, for the intrinsics of the header.
      .define(define),
      .unsafeFlags((march + ["-D\(define)"]).flatMap { ["-Xcc", $0] }),
      .unsafeFlags(paths, release),
      .unsafeFlags(
        // A page has to fetch them, and no call was slower.
        (isWebAssembly ? ["-Osize", "-Xfrontend", "-remove-runtime-asserts"] : ["-Ounchecked"]) + [
          "-wmo", "-Xfrontend", "-disable-all-autolinking", "-Xfrontend", "-disable-reflection-metadata",
          // Loops that are to be unrolled are written so. The compiler's own unrolling of whatever is counted at run time
          // took a fifth of the code and no time off.
          "-Xllvm", "-unroll-runtime=false",
          // Loops begin at a multiple of 16 bytes where that takes at most 7.
          "-Xllvm", "-max-bytes-for-alignment=7",
        ] + oneModule,
        release),
    ]
      // Sections, so that the linker drops what nothing calls.
      + (mayShare && isEmbedded
        ? [
          .enableExperimentalFeature("Embedded", release), .unsafeFlags(["-Xfrontend", "-function-sections"], release),
        ]
        : []))
}

/// The instruction sets of an architecture, the one to prefer first.
let everySet =
  switch architecture {
  case "x86_64":
    [
      kernels("AVX512", march: ["-march=x86-64-v4", "-mavx512vbmi", "-mavx512vnni", "-mprefer-vector-width=512"]),
      kernels("AVX2", march: ["-march=x86-64-v3"]),
      kernels("Baseline"),
    ]
  case "aarch64": [kernels("NEON", mayShare: true), kernels("Baseline", mayShare: true)]
  case "wasm32": [kernels("SIMD128", mayShare: true)]
  default: [kernels("Baseline", mayShare: true)]
  }
/// RESAMPLE_WITHOUT="AVX512" leaves one out: for tests in which each set would show the same.
let leftOut = (Context.environment["RESAMPLE_WITHOUT"] ?? "").split(separator: " ").map { "Kernels\($0)" }
let instructionSets = everySet.filter { !leftOut.contains($0.name) }

/// The same for CShims/processor.c, which chooses one: a list of names, and the header of each.
let namesOfSets = instructionSets.map { $0.name.dropFirst("Kernels".count).lowercased() }
let choice: [CSetting] =
  [.define("RSK_INSTRUCTION_SETS", to: namesOfSets.map { "SET(\($0))" }.joined(separator: " "))]
  + namesOfSets.map { .unsafeFlags(["-include", "\(Context.packageDirectory)/Sources/CShims/include/\($0).h"]) }

let linkerFlags =
  [
    "-use-ld=lld",
    "-Xlinker", "--version-script=\(Context.packageDirectory)/linker/resample.map",
    "-Xlinker", "-soname=libresample.so.0",
    "-Xlinker", "--build-id=none",
    // Functions with the same instructions are one.
    "-Xlinker", "--icf=all",
    // Threads of the pool may outlive dlclose, so the code has to stay.
    "-Xlinker", "-z", "-Xlinker", "nodelete",
  ] + (isSanitized ? [] : ["-Xlinker", "-z", "-Xlinker", "defs"])

let package = Package(
  name: "swiftresample",
  products: [
    .library(name: "resample", type: .dynamic, targets: ["ResampleABI"]),
    // For another linker: scripts/cross_build.py.
    .library(name: "resample-objects", type: .static, targets: ["ResampleABI"]),
  ],
  targets: [
    .systemLibrary(name: "CResample"),
    .target(
      name: "CShims",
      exclude: isWebAssembly ? ["environment.c", "pool.c", "quota.c"] : ["webassembly.c"],
      cSettings: [.define("_GNU_SOURCE"), .unsafeFlags(["-Os", "-ffile-prefix-map=\(prefixMap)"], release)] + choice),
    .target(name: "ResampleGeometry", dependencies: ["CShims"], swiftSettings: core()),
    .target(
      name: "Resample", dependencies: ["ResampleGeometry", "CShims"],
      exclude: [isWebAssembly ? "Engine/ThreadPool+Workers.swift" : "Engine/ThreadPool+Serial.swift"],
      swiftSettings: core(outlined: 24)),
    .target(
      // Resample calls the kernels through C alone: they are compiled beside it, and linked here.
      name: "ResampleABI",
      dependencies: ["CResample", "Resample", "ResampleGeometry"] + instructionSets.map { .target(name: $0.name) },
      swiftSettings: core(),
      linkerSettings: [.linkedLibrary("m"), .unsafeFlags(linkerFlags)]),
    .testTarget(name: "GeometryTests", dependencies: ["ResampleGeometry"]),
    .testTarget(
      name: "ResampleTests",
      dependencies: ["Resample", "ResampleGeometry"] + instructionSets.map { .target(name: $0.name) }),
    .testTarget(name: "ABITests", dependencies: ["ResampleABI", "CResample"]),
  ] + instructionSets,
  swiftLanguageModes: [.v6]
)
