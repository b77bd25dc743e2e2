# The four ways to add something to the build. Every target gets the warnings of assay_flags;
# an include that the folder's target does not link shows up as a build error.

# GCC 12 warns where there is nothing (PR 105329 and kin) and of designated initialisers that leave the rest at
# its default, which is what they are for.
add_library(assay_flags INTERFACE)
target_compile_features(assay_flags INTERFACE cxx_std_20)
target_include_directories(assay_flags INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(assay_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  -Woverloaded-virtual -Wcast-align -Wunused -Wformat=2
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized -Wno-restrict -Wno-missing-field-initializers>
  # GCC takes our sources for headers then.
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<BOOL:${CMAKE_UNITY_BUILD}>>:-Wno-subobject-linkage>
  $<$<BOOL:${ASSAY_WERROR}>:-Werror>)
if(ASSAY_SANITIZE)
  target_compile_options(assay_flags INTERFACE
    -fsanitize=${ASSAY_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(assay_flags INTERFACE -fsanitize=${ASSAY_SANITIZE})
endif()
if(ASSAY_FUZZ)
  target_compile_options(assay_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Builds of everything at once (quickstart, CI) set CMAKE_UNITY_BUILD: 6 sources of a target in one compilation take
# half the time. So the file-local names of a folder must differ; tests are built one by one.
set(CMAKE_UNITY_BUILD_BATCH_SIZE 6)

# assay_library(dns SRCS a.cc … PUBLIC assay::base PRIVATE PkgConfig::CARES): target assay::dns.
function(assay_library name)
  cmake_parse_arguments(ARG "" "" "SRCS;PUBLIC;PRIVATE" ${ARGN})
  add_library(assay_${name} STATIC ${ARG_SRCS})
  add_library(assay::${name} ALIAS assay_${name})
  target_link_libraries(assay_${name} PUBLIC ${ARG_PUBLIC} PRIVATE assay_flags ${ARG_PRIVATE})
  target_include_directories(assay_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_compile_features(assay_${name} PUBLIC cxx_std_20)
endfunction()

# assay_program(assayd SRCS main.cc DEPS assay::engine)
function(assay_program name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SRCS})
  target_link_libraries(${name} PRIVATE assay_flags ${ARG_DEPS})
endfunction()

# assay_test(spf_test SRCS spf_test.cc DEPS assay::auth): each TEST() is a ctest entry.
function(assay_test name)
  if(NOT ASSAY_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "TIMEOUT" "SRCS;DEPS" ${ARGN})
  if(NOT ARG_SRCS)
    set(ARG_SRCS ${name}.cc)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${ARG_SRCS})
  target_link_libraries(${name} PRIVATE assay_flags ${ARG_DEPS} GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE ASSAY_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT ${ARG_TIMEOUT})
endfunction()

# assay_fuzz(spf_record DEPS assay::auth): tests/fuzz/spf_record_fuzz.cc. With the fuzz preset it is a
# libFuzzer program; everywhere else it replays tests/fuzz/corpus/spf_record and mutations of it, as a test.
function(assay_fuzz name)
  if(NOT ASSAY_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  add_executable(${name}_fuzz ${PROJECT_SOURCE_DIR}/tests/fuzz/${name}_fuzz.cc)
  target_link_libraries(${name}_fuzz PRIVATE assay_flags ${ARG_DEPS})
  set_target_properties(${name}_fuzz PROPERTIES UNITY_BUILD OFF)
  if(ASSAY_FUZZ)
    target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${name}_fuzz PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cc)
    add_test(NAME fuzz.${name}
      COMMAND ${name}_fuzz ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name})
    set_tests_properties(fuzz.${name} PROPERTIES TIMEOUT 300)
  endif()
endfunction()

# assay_bench(rule_set DEPS assay::rules): tests/bench/rule_set_bench.cc, a program to run, not a test.
function(assay_bench name)
  if(NOT ASSAY_BUILD_BENCH)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  add_executable(${name}_bench ${PROJECT_SOURCE_DIR}/tests/bench/${name}_bench.cc)
  target_link_libraries(${name}_bench PRIVATE assay_flags ${ARG_DEPS} benchmark::benchmark benchmark::benchmark_main)
endfunction()
