// Processor features, and the number of processors that this process may use.

#if defined(__linux__)
#define _GNU_SOURCE
#include <sched.h>
#endif

#include "common.h"

#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#if defined(__x86_64__)

// The register states that the system saves (extended control register 0).
static uint64_t enabled_states(void) {
    uint32_t low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

static bool has_bits(uint32_t value, uint32_t bits) { return (value & bits) == bits; }

nt_isa nt_best_isa(void) {
    const uint64_t ymm_states = 0x6, zmm_states = 0xE6;
    uint32_t eax, ebx, ecx, edx, ebx7, ecx7;
    if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx)) return NT_ISA_SCALAR;
    if (!has_bits(ecx, bit_OSXSAVE | bit_AVX | bit_FMA | bit_F16C)) return NT_ISA_SCALAR;
    const uint64_t states = enabled_states();
    if (!__get_cpuid_count(7, 0, &eax, &ebx7, &ecx7, &edx)) return NT_ISA_SCALAR;
    if ((states & ymm_states) != ymm_states || !has_bits(ebx7, bit_AVX2)) return NT_ISA_SCALAR;
    const uint32_t wide = bit_AVX512F | bit_AVX512DQ | bit_AVX512BW | bit_AVX512VL;
    if ((states & zmm_states) != zmm_states || !has_bits(ebx7, wide)) return NT_ISA_AVX2;
    if (!has_bits(ecx7, bit_AVX512VNNI)) return NT_ISA_AVX512;
    const uint32_t avx512_bf16 = 1u << 5; // leaf 7, subleaf 1, eax
    if (!__get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx)) return NT_ISA_AVX512VNNI;
    return has_bits(eax, avx512_bf16) ? NT_ISA_AVX512BF16 : NT_ISA_AVX512VNNI;
}

#else

nt_isa nt_best_isa(void) { return NT_ISA_SCALAR; }

#endif

#if defined(__linux__)

int32_t nt_available_processors(void) {
    cpu_set_t set;
    const bool is_known = sched_getaffinity(0, sizeof set, &set) == 0;
    return (int32_t)max_i64(1, is_known ? CPU_COUNT(&set) : sysconf(_SC_NPROCESSORS_ONLN));
}

#else

int32_t nt_available_processors(void) { return (int32_t)max_i64(1, sysconf(_SC_NPROCESSORS_ONLN)); }

#endif
