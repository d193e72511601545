# TS 33.122 clause 6.5.2.3 step 5: what an exposing function under test does when authentication is initiated.
@sut:aef @cap:aef.methods.OAUTH @cap:aef.grants.client_credentials
Feature: Method 3 step 5 at the exposing function

  Background:
    Given the exposing function under test has published "location" and "quality" with PKI and OAUTH
    And the invoker is onboarded for "location"
    And the invoker has negotiated OAUTH with the exposing function

  @req:33122-6.5.2.3-18
  Scenario: The security information is fetched from the core function
    When the invoker initiates authentication at the exposing function under test
    Then the exposing function fetches the security information before it answers

  @req:33122-6.5.2.3-21 @req:29222-6.2.2.2.2-03
  Scenario: Authentication is started only with what the core function told
    When the invoker initiates authentication at the exposing function under test
    And an invoker that nobody knows initiates authentication at the exposing function under test
    Then authentication is started only with what the core function told
