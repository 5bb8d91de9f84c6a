// SPDX-License-Identifier: Apache-2.0
// Recursive descent: `or` binds weakest, then `and`, then `not`. Depth is bounded, so that no text can exhaust the
// stack.
#include "harness/cli/expression.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

#include "harness/cli/command.hpp"

namespace twinwire::cli {

struct Expression::Node {
  enum class Kind : std::uint8_t { Word, Not, And, Or };
  Kind kind = Kind::Word;
  std::string word;
  std::shared_ptr<const Node> left, right;
};

namespace {

using Node = Expression::Node;
using NodePtr = std::shared_ptr<const Node>;

constexpr int deepest = 100;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  return out;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) { advance(); }

  NodePtr whole() {
    NodePtr node = either(0);
    if (!token_.empty()) wrong("unexpected '" + token_ + "'");
    return node;
  }

 private:
  [[noreturn]] void wrong(const std::string& what) const {
    throw UsageError("-k '" + std::string(text_) + "': " + what + "; expected words with and, or, not and brackets");
  }

  void advance() {
    const auto blank = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
    while (at_ < text_.size() && blank(text_[at_])) ++at_;
    const std::size_t begin = at_;
    while (at_ < text_.size() && !blank(text_[at_])) {
      const bool bracket = text_[at_] == '(' || text_[at_] == ')';
      if (bracket && at_ > begin) break;
      ++at_;
      if (bracket) break;
    }
    token_ = lower(text_.substr(begin, at_ - begin));
  }

  bool take(std::string_view word) {
    if (token_ != word) return false;
    advance();
    return true;
  }

  NodePtr either(int depth) {
    NodePtr left = both(depth);
    while (take("or")) left = std::make_shared<Node>(Node{Node::Kind::Or, "", left, both(depth)});
    return left;
  }

  NodePtr both(int depth) {
    NodePtr left = single(depth);
    while (take("and")) left = std::make_shared<Node>(Node{Node::Kind::And, "", left, single(depth)});
    return left;
  }

  NodePtr single(int depth) {
    if (depth > deepest) wrong("nested too deeply");
    if (take("not")) return std::make_shared<Node>(Node{Node::Kind::Not, "", single(depth + 1), nullptr});
    if (take("(")) {
      NodePtr inside = either(depth + 1);
      if (!take(")")) wrong("a bracket is not closed");
      return inside;
    }
    if (token_.empty()) wrong("it ends where a word should follow");
    if (token_ == ")" || token_ == "and" || token_ == "or") wrong("unexpected '" + token_ + "'");
    NodePtr word = std::make_shared<Node>(Node{Node::Kind::Word, token_, nullptr, nullptr});
    advance();
    return word;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string token_;
};

bool holds(const Node& node, const std::vector<std::string>& texts) {
  switch (node.kind) {
    case Node::Kind::Not:
      return !holds(*node.left, texts);
    case Node::Kind::And:
      return holds(*node.left, texts) && holds(*node.right, texts);
    case Node::Kind::Or:
      return holds(*node.left, texts) || holds(*node.right, texts);
    case Node::Kind::Word:
      break;
  }
  return std::ranges::any_of(texts, [&](const std::string& text) { return text.find(node.word) != std::string::npos; });
}

}  // namespace

Expression::Expression(std::string_view text) {
  const bool blank = std::ranges::all_of(text, [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; });
  if (!blank) root_ = Parser(text).whole();
}

bool Expression::matches(const std::vector<std::string>& texts) const {
  if (!root_) return true;
  std::vector<std::string> lowered;
  std::ranges::transform(texts, std::back_inserter(lowered), lower);
  return holds(*root_, lowered);
}

}  // namespace twinwire::cli
