#include "base/printable.h"

#include <gtest/gtest.h>

namespace tenon {
namespace {

TEST(Printable, PlainTextStaysAsItIs) {
  EXPECT_EQ(printable("Ankle boot, größer, 靴, 👢"), "Ankle boot, größer, 靴, 👢");
  EXPECT_EQ(printable(""), "");
  EXPECT_EQ(printable("a\nb"), "a\nb");
  EXPECT_EQ(printable_name("a\nb"), "a\\x0ab");
}

TEST(Printable, WhatATerminalWouldObeyIsEscaped) {
  EXPECT_EQ(printable("\x1b[2J\r\a\x7f"), "\\x1b[2J\\x0d\\x07\\x7f");
  EXPECT_EQ(printable("a\xc2\x9b"
                      "2J"),
            "a\\xc2\\x9b2J")
      << "U+009B introduces sequences as ESC [ does";
  EXPECT_EQ(printable("a\xe2\x80\xae"
                      "b"),
            "a\\xe2\\x80\\xaeb")
      << "U+202E turns the direction of text";
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
}

TEST(Printable, BytesThatAreNoUtf8AreEscaped) {
  EXPECT_EQ(printable("\xff"
                      "a\xc3"),
            "\\xffa\\xc3");
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf") << "overlong";
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "above U+10FFFF";
}

TEST(Printable, LongTextsLoseTheirMiddle) {
  EXPECT_EQ(printable("abcdefghij", LineBreaks::Keep, 4), "ab … ij");
  EXPECT_EQ(printable("abcd", LineBreaks::Keep, 4), "abcd");
  EXPECT_EQ(printable("aäääää", LineBreaks::Keep, 4), "aä … ä");
  EXPECT_LE(printable_name(std::string(100'000, 'x')).size(), 90u);
}

}  // namespace
}  // namespace tenon
