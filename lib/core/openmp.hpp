// How LibTorch's threads wait for each other.
#pragma once

namespace unetflow {

/// Starts this program again, in place, with OMP_WAIT_POLICY=passive, unless the user has set that
/// variable: OpenMP reads it before main(). By default OpenMP's threads spin while they wait. If
/// others need the processors too (a data thread, another program), each of the thousand waits of a
/// training step may then cost a time slice of the scheduler: steps took 15 times as long beside
/// two compilers. Call it first in main(), with its argv; it does nothing if /proc is missing.
void use_passive_openmp_wait(char** argv);

}  // namespace unetflow
