"""Every setting, in one frozen section per room; `settings_page.py` reads them from TOML."""
