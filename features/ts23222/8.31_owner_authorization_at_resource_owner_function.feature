# TS 23.222 clause 8.31.3: the resource owner function under test answers the authorization function.
@sut:rof
Feature: The resource owner function answers with the decision of the owner

  Background:
    Given a provider with an exposing function
    And the exposing function offers "location" and "quality" with PKI and OAUTH
    And the invoker is onboarded for "location" and "quality"
    And the invoker has negotiated OAUTH with the exposing function
    And the resource owner function is there
    And the owner "alice" grants what is asked

  @req:23222-8.31.3-01
  Scenario: Precondition 1: the resource owner function can be reached
    When the invoker requests a token for "location" authorized by the owner "alice"
    Then the resource owner function answers what it is asked

  @req:23222-8.31.3-09
  Scenario: The answer is the decision of the owner
    Given the owner "bob" refuses what is asked
    When the invoker requests a token for "location" authorized by the owner "alice"
    And the invoker requests a token for "location" authorized by the owner "bob"
    And the invoker requests a token for "location" authorized by the owner "bob"
    Then the resource owner function answers with the decision of the owner

  @req:23222-8.31.3-09
  Scenario: The answer is the last word of the owner
    Given the second invoker is onboarded for "location"
    And the second invoker has negotiated OAUTH with the exposing function
    And the owner "bob" grants what is asked
    When the invoker requests a token for "location" authorized by the owner "bob"
    And the owner "bob" refuses what is asked from now on
    And the second invoker requests a token for "location" authorized by the owner "bob"
    And the owner "bob" grants what is asked from now on
    And the second invoker requests a token for "location" authorized by the owner "bob"
    Then the resource owner function answers with the decision of the owner

  @req:23222-8.31.3-10
  Scenario: Two invokers at once
    Given the second invoker is onboarded for "location"
    And the second invoker has negotiated OAUTH with the exposing function
    And the owner "bob" does not react
    When the invoker requests a token for "location" authorized by the owner "alice"
    And the invoker for "location" and the second invoker for "location" ask "bob", who refuses the second and grants the first
    Then each query gets the answer that is about its invoker and its service API

  @req:23222-8.31.3-10
  Scenario: Two service APIs at once
    Given the owner "bob" does not react
    When the invoker requests a token for "location" authorized by the owner "alice"
    And the invoker for "location" and the invoker for "quality" ask "bob", who refuses the second and grants the first
    Then each query gets the answer that is about its invoker and its service API

  @req:23222-8.31.3-10
  Scenario: Two service APIs in one query
    Given the owner "bob" grants the invoker "location"
    And the owner "bob" refuses the invoker "quality"
    When the invoker requests a token for "location" authorized by the owner "alice"
    And the invoker requests a token for "quality" authorized by the owner "bob"
    And the invoker requests a token for "location" and "quality" authorized by the owner "bob"
    Then each query gets the answer that is about its invoker and its service API

  @req:23222-8.31.3-11
  Scenario: No authorization without a decision of the owner
    Given the owner "bob" does not react
    When the invoker requests a token for "location" authorized by the owner "alice"
    And the invoker requests a token for "location" authorized by the owner "bob"
    Then the resource owner function grants nothing without a decision of the owner

  @req:23222-8.31.3-12
  Scenario: The decision of one owner is not that of another
    Given the owner "bob" refuses what is asked
    And the owner "carol" grants what is asked
    When the invoker requests a token for "location" authorized by the owner "alice"
    And the invoker requests a token for "location" authorized by the owner "bob"
    Then the resource owner function answers for the owner asked for and for no other

  @req:23222-8.31.3-12
  Scenario: Nobody decides for an owner who is not known
    Given the owner "bob" is unknown to the resource owner function
    When the invoker requests a token for "location" authorized by the owner "alice"
    And the invoker requests a token for "location" authorized by the owner "bob"
    Then the resource owner function answers for the owner asked for and for no other
