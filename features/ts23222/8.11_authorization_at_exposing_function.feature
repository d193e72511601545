# TS 23.222 clause 8.11.1: what a permission is good for at the exposing function under test.
@sut:aef @cap:aef.methods.OAUTH @cap:aef.grants.client_credentials
Feature: The limits of a permission to access a service API

  Background:
    Given the exposing function under test has published "location" and "quality" with PKI and OAUTH
    And the invoker is onboarded for "location" and "quality"
    And the invoker has negotiated OAUTH with the exposing function
    And the invoker has a token for "location"

  @req:23222-8.11.1-04
  Scenario: One permission serves several invocations
    When the invoker invokes "location"
    And the invoker invokes "location"
    And the invoker invokes "location"
    Then one permission serves all of these invocations

  @req:23222-8.11.1-04 @negative
  Scenario Outline: A permission does not reach further than it was given for
    When the invoker invokes "location", but <deviation>
    Then the invocation is refused, because the permission does not reach so far

    Examples:
      | deviation                                       |
      | the token has expired 600 seconds ago           |
      | the token is for the service API "quality" only |
