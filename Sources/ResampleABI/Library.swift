import CResample
import Resample

@implementation @_cdecl("rsmp_abi_version")
public func rsmp_abi_version() -> UInt32 { UInt32(RSMP_ABI_VERSION) }

@implementation @_cdecl("rsmp_version")
public func rsmp_version() -> UnsafePointer<CChar>! { resample_version() }

@implementation @_cdecl("rsmp_instruction_set")
public func rsmp_instruction_set(
  _ name: UnsafeMutablePointer<UnsafePointer<CChar>?>!, _ error: UnsafeMutablePointer<rsmp_error>!
) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in
    try required("name", name).pointee = try InstructionSet.selected().cName
  }
}

@implementation @_cdecl("rsmp_get_num_threads")
public func rsmp_get_num_threads() -> Int32 { Int32(ThreadPool.threadCount) }

@implementation @_cdecl("rsmp_limit_threads")
public func rsmp_limit_threads(_ count: Int32, _ error: UnsafeMutablePointer<rsmp_error>!) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in try ThreadPool.limitThreads(Int(count)) }
}

@implementation @_cdecl("rsmp_set_num_threads")
public func rsmp_set_num_threads(_ count: Int32, _ error: UnsafeMutablePointer<rsmp_error>!) -> rsmp_status {
  report(to: error) { () throws(ResampleError) in try ThreadPool.setThreadCount(Int(count)) }
}
