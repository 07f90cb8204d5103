// How LibTorch's threads wait for each other.
#pragma once

#include <filesystem>

namespace unetflow {

/// Replaces this process by `program`, with the same arguments and with OMP_WAIT_POLICY=passive
/// unless the user has set that variable: OpenMP reads it before main(). By default OpenMP's
/// threads spin while they wait. If others need the processors too (a data thread, another
/// program), each of the thousand waits of a training step may then cost a time slice of the
/// scheduler: steps took 15 times as long beside two compilers. Throws Error when the program
/// cannot be started.
[[noreturn]] void start_with_passive_openmp(const std::filesystem::path& program, char** argv);

}  // namespace unetflow
