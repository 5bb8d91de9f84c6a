# SPDX-License-Identifier: Apache-2.0
# Every third-party package, each a target of its own, so that the library which is its only door links it and nothing else does.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)

# Asio is used header-only, so Boost needs no component.
find_package(Boost 1.74 REQUIRED)
add_library(twinwire_asio INTERFACE)
target_link_libraries(twinwire_asio INTERFACE Boost::headers Threads::Threads)
target_compile_definitions(twinwire_asio INTERFACE BOOST_ASIO_NO_DEPRECATED)
# Boost 1.74 (Debian 12) uses std::exchange in awaitable.hpp without including <utility>.
target_compile_options(twinwire_asio INTERFACE -include utility)

find_package(tomlplusplus 3.3 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)

# libnet 1.1.6 as Debian packages it has neither a CMake nor a pkg-config file.
find_path(LIBNET_INCLUDE_DIR libnet.h REQUIRED)
find_library(LIBNET_LIBRARY net REQUIRED)
add_library(twinwire_libnet INTERFACE)
target_include_directories(twinwire_libnet SYSTEM INTERFACE "${LIBNET_INCLUDE_DIR}")
target_link_libraries(twinwire_libnet INTERFACE "${LIBNET_LIBRARY}")
# What `libnet-config --defines` prints on Debian.
target_compile_definitions(twinwire_libnet INTERFACE _DEFAULT_SOURCE HAVE_NET_ETHERNET_H)

pkg_check_modules(LIBNL REQUIRED IMPORTED_TARGET libnl-3.0 libnl-route-3.0 libnl-nf-3.0)
pkg_check_modules(LIBNFTABLES REQUIRED IMPORTED_TARGET libnftables)

find_package(OpenSSL 3.0 REQUIRED)
add_library(twinwire_openssl INTERFACE)
target_link_libraries(twinwire_openssl INTERFACE OpenSSL::SSL OpenSSL::Crypto)
