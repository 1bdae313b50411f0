"""Whatever bytes are sent → the files in them → lines of UTF-8 or of one code page. Pure, feed and flush."""
