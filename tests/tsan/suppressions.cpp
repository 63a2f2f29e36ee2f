// An exception's references are counted inside libstdc++.so, which ThreadSanitizer does not see: a reader in one thread
// and the last release in another look like a race (resources/docs/decisions/0023).
extern "C" const char* __tsan_default_suppressions() {
  return "race:std::__exception_ptr::exception_ptr::_M_release\n";
}
